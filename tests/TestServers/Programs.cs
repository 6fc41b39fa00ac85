namespace HotShelf.TestServers;

/// <summary>Finds the server programs that tests start, and says what to install when one is missing.</summary>
public static class Programs
{
    /// <summary>True on a build machine: a missing server is then a failure, never a skip.</summary>
    public static bool IsCI => string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The Redis server program, or null when none is installed. <c>HOTSHELF_REDIS_SERVER</c> names another one, such as <c>valkey-server</c>.</summary>
    public static string? RedisServer { get; } =
        Environment.GetEnvironmentVariable("HOTSHELF_REDIS_SERVER") ?? Find("redis-server", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
        ?? Find("valkey-server", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin");

    /// <summary>The newest Postgres binaries folder, or null when none is installed. <c>HOTSHELF_POSTGRES_BIN</c> names another one, such as that of an older version.</summary>
    public static string? PostgresBin { get; } = Environment.GetEnvironmentVariable("HOTSHELF_POSTGRES_BIN") ?? FindPostgres();

    private static string? FindPostgres()
    {
        string[] roots = ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"];
        var candidates =
            from root in roots
            where Directory.Exists(root)
            from directory in Directory.EnumerateDirectories(root)
            let name = Path.GetFileName(directory)
            where char.IsAsciiDigit(name[0]) || name.StartsWith("postgresql", StringComparison.Ordinal) || name.StartsWith("pgsql-", StringComparison.Ordinal)
            let bin = Path.Combine(directory, "bin")
            where File.Exists(Path.Combine(bin, "initdb")) && File.Exists(Path.Combine(bin, "postgres"))
            orderby int.TryParse(name.Replace("postgresql@", "", StringComparison.Ordinal).Replace("pgsql-", "", StringComparison.Ordinal), out var major) ? major : 0 descending
            select bin;
        return candidates.FirstOrDefault() ?? Path.GetDirectoryName(Find("initdb"));
    }

    /// <summary>The path of a program, on <c>PATH</c> or in one of these folders; null when it is nowhere.</summary>
    public static string? Find(string program, params string[] folders) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(folders)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
