using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Executables;

/// <summary>
/// Runs the container's command line with the redis-server or valkey-server of this machine. Its settings go through a file that only its owner can read:
/// arguments would show the password to everyone who lists processes.
/// </summary>
internal sealed class RedisProgram : ServerProgram
{
    private const string PidFile = "redis.pid";

    public override IReadOnlyList<string> Images => ["redis", "valkey"];

    public override bool IsData(ContainerMountAnnotation mount) => mount.Target == "/data";

    // With a certificate Aspire's primary endpoint is the one with TLS, and a second one is without.
    public override IEnumerable<object> PortArguments(IResourceWithEndpoints resource) => resource.GetEndpoint("secondary") is { Exists: true } plain
        ? ["--tls-port", Port(resource.GetEndpoint("tcp")), "--port", Port(plain)]
        : ["--port", Port(resource.GetEndpoint("tcp"))];

    public override async Task<ServerLaunch> PrepareAsync(ServerStart start, CancellationToken cancellationToken)
    {
        var folder = start.Options.ProgramsDirectory;
        var program = Find("redis-server", folder) ?? Find("valkey-server", folder) ?? throw new ServerStartException(
            $"'{start.Name}' cannot start: neither redis-server nor valkey-server was found{(folder is null ? "" : $" in {folder}")}. "
            + $"Install one ({HowToInstall("redis-server", "valkey", "redis")}) or start a container engine, then start the resource again.");
        var settings = await SettingsAsync(start, cancellationToken).ConfigureAwait(false);
        if (settings.Where(setting => setting[0] == "loadmodule").Select(setting => setting.ElementAtOrDefault(1)).ToList() is { Count: > 0 } modules)
        {
            throw new ServerStartException($"'{start.Name}' cannot start: the Redis modules {string.Join(", ", modules)} are part of the container's image. "
                + "Start a container engine, or remove the modules.");
        }

        if (start.IsDataKept)
            await DataLock.WaitUntilFreeAsync(start, start.DataFolder, PidFile, cancellationToken).ConfigureAwait(false);
        var file = Path.Combine(start.RunFolder, "redis.conf");
        Tool.WritePrivate(file, ConfigurationOf(start, settings));
        // Redis refuses to end when it cannot save.
        return new ServerLaunch([program, file], "TERM", "KILL");
    }

    private static EndpointReferenceExpression Port(EndpointReference endpoint) => endpoint.Property(EndpointProperty.TargetPort);

    // The container's arguments are words of a shell: redis-server --name value --name value ...
    private static async Task<List<List<string>>> SettingsAsync(ServerStart start, CancellationToken cancellationToken)
    {
        var line = new List<string>();
        for (var i = 0; i < start.Arguments.Count; i++)
        {
            // Aspire's ports, which PortArguments has.
            if (start.Arguments[i] is "--port" or "--tls-port" && i + 1 < start.Arguments.Count && start.Arguments[i + 1] is not string)
                i++;
            else
                line.Add(await ServerStart.TextOfAsync(start.Arguments[i], cancellationToken).ConfigureAwait(false));
        }

        if (line.FirstOrDefault() is not ("redis-server" or "valkey-server"))
            throw new ServerStartException($"'{start.Name}' cannot start: its arguments must begin with redis-server, and WithArgs has made them begin with '{line.FirstOrDefault()}'.");
        var settings = new List<List<string>>();
        var words = await start.WordsAsync(string.Join(' ', line), cancellationToken).ConfigureAwait(false);
        foreach (var word in words[1..])
        {
            if (word.StartsWith("--", StringComparison.Ordinal))
                settings.Add([word[2..].ToLowerInvariant()]);
            else if (settings.Count > 0)
                settings[^1].Add(word);
            else
                throw new ServerStartException($"'{start.Name}' cannot start: its arguments name '{word}' where a --setting is expected.");
        }

        return settings;
    }

    private static string ConfigurationOf(ServerStart start, List<List<string>> settings)
    {
        var text = new StringBuilder()
            .AppendLine("bind 127.0.0.1 -::1")
            .AppendLine($"dir {Quote(start.DataFolder)}");
        if (start.IsDataKept)
            text.AppendLine($"pidfile {Quote(Path.Combine(start.DataFolder, PidFile))}");
        else if (!settings.Any(setting => setting[0] == "save"))
            text.AppendLine("save \"\"");
        foreach (var setting in settings)
            text.AppendJoin(' ', setting.Skip(1).Select(Quote).Prepend(setting[0])).AppendLine();
        return text.ToString();
    }

    private static string Quote(string value) =>
        $"\"{value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)}\"";
}
