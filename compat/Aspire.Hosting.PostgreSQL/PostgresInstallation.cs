using System.Globalization;
using Aspire.Hosting.Local;

namespace Aspire.Hosting.Postgres;

/// <summary>The PostgreSQL versions of this machine.</summary>
internal static class PostgresInstallation
{
    private static readonly string[] s_roots = ["/usr/lib/postgresql", "/usr/libexec/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

    /// <summary>The folders of server programs by major version, newest first.</summary>
    public static IReadOnlyList<(int Major, string Binaries)> Find()
    {
        var candidates = s_roots.Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories)
            .Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0]) || Path.GetFileName(d).StartsWith("postgresql", StringComparison.Ordinal))
            .Select(d => Path.Combine(d, "bin"));
        if (Programs.Find("postgres") is { } onPath)
            candidates = candidates.Append(Path.GetDirectoryName(Path.GetFullPath(onPath))!);
        return [.. candidates.Where(b => File.Exists(Path.Combine(b, "initdb")) && File.Exists(Path.Combine(b, "postgres")))
            .Select(b => (Major: MajorOf(b), Binaries: b)).Where(i => i.Major > 0).DistinctBy(i => i.Major).OrderByDescending(i => i.Major)];
    }

    private static int MajorOf(string binaries)
    {
        var name = Path.GetFileName(Path.GetDirectoryName(binaries)!).Replace("postgresql@", "", StringComparison.Ordinal);
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var major))
            return major;
        // "postgres (PostgreSQL) 15.14 (Debian ...)"
        var version = PostgresTools.OutputOf(Path.Combine(binaries, "postgres"), "--version").Split(' ').FirstOrDefault(w => char.IsAsciiDigit(w.FirstOrDefault()))?.Split('.')[0];
        return int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out major) ? major : 0;
    }
}
