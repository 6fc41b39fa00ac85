using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Executables;

/// <summary>Runs the PostgreSQL server of this machine. As root it runs as another user: PostgreSQL refuses root.</summary>
internal sealed class PostgresProgram : ServerProgram
{
    public override IReadOnlyList<string> Images => ["postgres"];

    public override bool IsData(ContainerMountAnnotation mount) => mount.Target is "/var/lib/postgresql" or "/var/lib/postgresql/data";

    public override IEnumerable<object> PortArguments(IResourceWithEndpoints resource) => ["-p", resource.GetEndpoint("tcp").Property(EndpointProperty.TargetPort)];

    public override async Task<ServerLaunch> PrepareAsync(ServerStart start, CancellationToken cancellationToken)
    {
        var installed = await InstalledAsync(start, cancellationToken).ConfigureAwait(false);
        var data = Path.Combine(start.DataFolder, "data");
        RefuseDataOfContainer(start, data);
        var cluster = new PostgresCluster(start, Choose(start, data, installed), data, await UserPrefixAsync(start, cancellationToken).ConfigureAwait(false));
        await cluster.PrepareAsync(cancellationToken).ConfigureAwait(false);
        var arguments = new List<string>();
        // The container's arguments may name the server first: postgres -c ...
        foreach (var argument in start.Arguments.SkipWhile(argument => argument is "postgres"))
            arguments.Add(await ServerStart.TextOfAsync(argument, cancellationToken).ConfigureAwait(false));
        // TCP only: the path of a socket in a data folder may be longer than sockets allow. SIGINT ends the sessions and writes the data out; SIGTERM would
        // wait for the clients to leave. SIGQUIT ends at once, and the next start recovers.
        return new ServerLaunch([.. cluster.As, cluster.Program("postgres"), "-D", data, "-c", "listen_addresses=localhost", "-c", "unix_socket_directories=", .. arguments], "INT", "QUIT");
    }

    // The images keep it in 18/docker, those up to 17 in the folder itself. They refuse a folder with data of a process themselves.
    private static void RefuseDataOfContainer(ServerStart start, string data)
    {
        var used = File.Exists(Path.Combine(start.DataFolder, "PG_VERSION")) ? start.DataFolder
            : Directory.EnumerateDirectories(start.DataFolder).Select(folder => Path.Combine(folder, "docker")).FirstOrDefault(Directory.Exists);
        if (used is not null && !File.Exists(Path.Combine(data, "PG_VERSION")))
        {
            throw new ServerStartException($"'{start.Name}' cannot start: the data in {used} is that of a container, and a process would begin with an empty database beside it. "
                + "Start a container engine, or choose another folder, and carry the data over with pg_dump.");
        }
    }

    /// <summary>The folders of server programs by major version, newest first.</summary>
    private static async Task<List<(int Major, string Folder)>> InstalledAsync(ServerStart start, CancellationToken cancellationToken)
    {
        var folder = start.Options.ProgramsDirectory;
        var found = new List<(int Major, string Folder)>();
        foreach (var candidate in folder is null ? Folders() : [folder])
        {
            // "postgres (PostgreSQL) 15.14 (Debian 15.14-0)"
            var (code, output, _) = await Tool.RunAsync(Path.Combine(candidate, "postgres"), ["--version"], cancellationToken).ConfigureAwait(false);
            var version = output.Split(' ').FirstOrDefault(word => char.IsAsciiDigit(word.FirstOrDefault()));
            if (code == 0 && version is not null && int.TryParse(new string([.. version.TakeWhile(char.IsAsciiDigit)]), NumberStyles.None, CultureInfo.InvariantCulture, out var major))
                found.Add((major, candidate));
        }

        return found.Count > 0 ? [.. found.DistinctBy(installed => installed.Major).OrderByDescending(installed => installed.Major)] : throw new ServerStartException(
            $"'{start.Name}' cannot start: no PostgreSQL server (postgres, initdb) was found{(folder is null ? "" : $" in {folder}")}. "
            + $"Install one ({HowToInstall("postgresql", "postgresql-server", "postgresql")}) or start a container engine, then start the resource again.");
    }

    // Debian, PGDG's packages for Fedora, Homebrew on both kinds of Mac, and PATH.
    private static IEnumerable<string> Folders()
    {
        (string Root, string Pattern)[] places = [("/usr/lib/postgresql", "*"), ("/usr", "pgsql-*"), ("/opt/homebrew/opt", "postgresql*"), ("/usr/local/opt", "postgresql*")];
        return places.Where(place => Directory.Exists(place.Root))
            .SelectMany(place => Directory.EnumerateDirectories(place.Root, place.Pattern))
            .Select(root => Path.Combine(root, "bin"))
            .Append(Path.GetDirectoryName(Find("postgres", null)) ?? "/usr/bin")
            .Where(folder => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")));
    }

    // The data of one major version can only be read by that version.
    private static string Choose(ServerStart start, string data, List<(int Major, string Folder)> installed)
    {
        var file = Path.Combine(data, "PG_VERSION");
        if (!File.Exists(file))
            return installed[0].Folder;
        var version = File.ReadAllText(file).Trim();
        return installed.FirstOrDefault(found => found.Major.ToString(CultureInfo.InvariantCulture) == version).Folder ?? throw new ServerStartException(
            $"'{start.Name}' cannot start: its data in {data} was made by PostgreSQL {version}, and installed is {string.Join(", ", installed.Select(found => found.Major))}. "
            + $"Install PostgreSQL {version} ({HowToInstall($"postgresql-{version}", $"postgresql{version}-server", $"postgresql@{version}")}) "
            + "and start the resource again, or move the folder away to begin with an empty database.");
    }

    // What runs a program as a user who is not root.
    private static async Task<string[]> UserPrefixAsync(ServerStart start, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
            return [];
        foreach (var user in (string[])["postgres", "nobody"])
        {
            var group = (await Tool.RunAsync("id", ["-g", user], cancellationToken).ConfigureAwait(false)).Output.Trim();
            string[] prefix = ["setpriv", "--reuid", user, "--regid", group, "--init-groups", "--"];
            if ((await Tool.RunAsync(prefix[0], [.. prefix[1..], "true"], cancellationToken).ConfigureAwait(false)).Code == 0)
                return prefix;
        }

        throw new ServerStartException($"'{start.Name}' cannot start: PostgreSQL does not run as root, and setpriv could not run it as the user postgres or nobody. "
            + "Install util-linux, or start the application as another user.");
    }
}
