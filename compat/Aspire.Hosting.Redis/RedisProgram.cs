using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Aspire.Hosting.Redis;

/// <summary>
/// Runs the container's command line with the redis-server (or valkey-server) of this machine. The settings go through a file that only its owner can
/// read: arguments would show the password to everyone who lists processes.
/// </summary>
internal sealed class RedisProgram : LocalProgram
{
    private const string Chosen = "HOTSHELF_REDIS_SERVER";

    public override string HowToInstall => "install one (apt-get install redis-server, brew install redis)";

    public override string? Missing(IResource resource) => Program() is { } program && File.Exists(program) ? null
        : Environment.GetEnvironmentVariable(Chosen) is { Length: > 0 } chosen
            ? $"'{resource.Name}' needs a Redis server, and {Chosen} names '{chosen}', which does not exist"
            : $"'{resource.Name}' needs a Redis server, and neither redis-server nor valkey-server was found";

    public override Task<ProgramStart> PrepareAsync(ProgramContext context, CancellationToken cancellationToken)
    {
        var program = Program()!;
        var settings = SettingsOf(context);
        var directory = DataDirectory(context);
        var file = new StringBuilder()
            .AppendLine("bind 127.0.0.1 -::1")
            .AppendLine("protected-mode yes")
            .AppendLine("daemonize no")
            .AppendLine(FormattableString.Invariant($"port {context.Ports[RedisResource.PrimaryEndpointName]}"))
            .AppendLine($"dir {Quoted(directory)}");
        // Without a volume nothing outlives the server, so nothing is saved unless the command line says so.
        if (!settings.Any(s => s[0] == "save"))
            file.AppendLine("save \"\"");
        foreach (var setting in settings)
            file.AppendJoin(' ', [setting[0], .. setting.Skip(1).Select(Quoted)]).AppendLine();
        var path = Path.Combine(context.Space.RunDirectory, $"{context.InstanceId}.conf");
        WritePrivate(path, file.ToString());
        return Task.FromResult(new ProgramStart(program, [path], directory));
    }

    private static string? Program() =>
        Environment.GetEnvironmentVariable(Chosen) is { Length: > 0 } chosen ? chosen : Programs.Find("redis-server") ?? Programs.Find("valkey-server");

    public override bool IsImportant(string line) =>
        line.Contains(" # ", StringComparison.Ordinal) && !line.Contains("overcommit", StringComparison.Ordinal) && ((string[])["error", "fail", "can't", "denied", "FATAL", "Out Of Memory"]).Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase));

    // The arguments are the container's: -c "redis-server --name value value --name ...".
    private static List<string[]> SettingsOf(ProgramContext context)
    {
        if (context.Arguments is not ["-c", var commandLine, ..] || ShellWords.Split(commandLine, context.Environment) is not ["redis-server" or "valkey-server", .. var words])
        {
            throw new DistributedApplicationException(
                $"The arguments of '{context.Resource.Name}' must be -c and a command line that begins with redis-server; WithArgs made them: {string.Join(' ', context.Arguments.Take(1))} ...");
        }

        var settings = new List<List<string>>();
        foreach (var word in words)
        {
            if (word.StartsWith("--", StringComparison.Ordinal))
                settings.Add([word[2..]]);
            else if (settings.Count > 0)
                settings[^1].Add(word);
            else
                throw new DistributedApplicationException($"The arguments of '{context.Resource.Name}' name '{word}' where redis-server expects --setting.");
        }

        return [.. settings.Select(s => s.ToArray())];
    }

    private static string DataDirectory(ProgramContext context)
    {
        var mount = context.Resource.Annotations.OfType<ContainerMountAnnotation>().LastOrDefault(m => m.Target == "/data");
        var directory = mount is null ? context.Space.RunDirectory : mount.Type == ContainerMountType.Volume ? context.Space.Volume(mount.Source!) : mount.Source!;
        Directory.CreateDirectory(directory);
        return directory;
    }

    private static string Quoted(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(new FileStream(path, options));
        writer.Write(text);
    }
}
