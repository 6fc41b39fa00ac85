namespace HotShelf.Deploy.Tests.Running;

/// <summary>
/// A folder of secrets as Kubernetes mounts it: each file is a link into <c>..data</c>, which is itself a link to the folder of the moment, so that all
/// change at once (https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod).
/// </summary>
internal sealed class SecretFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hotshelf-secrets-");
    private int _version;

    public string Path => _folder.FullName;

    public void Write(params IEnumerable<(string Name, string Text)> secrets)
    {
        var version = $"..version{++_version}";
        Directory.CreateDirectory(In(version));
        foreach (var (name, text) in secrets)
            File.WriteAllText(System.IO.Path.Combine(In(version), name), text);
        File.CreateSymbolicLink(In("..data_tmp"), version);
        Replace(In("..data_tmp"), In("..data"));
        foreach (var (name, _) in secrets.Where(secret => !File.Exists(In(secret.Name))))
            File.CreateSymbolicLink(In(name), $"..data/{name}");
        foreach (var gone in Directory.GetFiles(Path).Where(file => new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true }))
            File.Delete(gone);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // In one step, as the kubelet does; File.Move looks at what a link leads to.
    private static void Replace(string link, string target)
    {
        using var move = System.Diagnostics.Process.Start("mv", [OperatingSystem.IsMacOS() ? "-fh" : "-fT", link, target]);
        move.WaitForExit();
        Assert.Equal(0, move.ExitCode);
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
