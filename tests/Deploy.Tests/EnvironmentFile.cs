namespace HotShelf.Deploy.Tests;

/// <summary>Files of lines <c>NAME=value</c>, as Compose and kustomize read them.</summary>
internal static class EnvironmentFile
{
    public static IEnumerable<KeyValuePair<string, string>> Read(string path) =>
        from line in Repository.Read(path).Split('\n')
        where line.Length > 0 && line[0] != '#'
        let at = line.IndexOf('=', StringComparison.Ordinal)
        select KeyValuePair.Create(line[..at], line[(at + 1)..]);
}
