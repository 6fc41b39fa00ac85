using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace HotShelf.Deploy.Tests.Compose;

/// <summary>
/// The part of the Compose specification (https://github.com/compose-spec/compose-spec/blob/main/spec.md) that our files use, strictly: a key that is not
/// here, or another form of one, is an error.
/// </summary>
internal sealed class ComposeFile
{
    public Dictionary<string, Service> Services { get; init; } = [];

    public Dictionary<string, Network> Networks { get; init; } = [];

    public Dictionary<string, Dictionary<string, string>> Volumes { get; init; } = [];

    public Dictionary<string, Secret> Secrets { get; init; } = [];

    public static ComposeFile Load(string path)
    {
        var parser = new MergingParser(new Parser(new StringReader(Repository.Read(path))));
        var nodes = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(parser);
        // Extensions only hold what is merged elsewhere.
        foreach (var extension in nodes.Keys.Where(key => key.StartsWith("x-", StringComparison.Ordinal)).ToList())
            nodes.Remove(extension);
        var text = new SerializerBuilder().DisableAliases().Build().Serialize(nodes);
        return new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<ComposeFile>(text);
    }

    internal sealed class Service
    {
        public string? Image { get; init; }

        public Build? Build { get; init; }

        public List<string> Command { get; init; } = [];

        public string? User { get; init; }

        public string? Restart { get; init; }

        public bool ReadOnly { get; init; }

        public List<string> CapDrop { get; init; } = [];

        public List<string> SecurityOpt { get; init; } = [];

        public List<string> Tmpfs { get; init; } = [];

        public string? ShmSize { get; init; }

        public List<string> EnvFile { get; init; } = [];

        public Dictionary<string, string> Environment { get; init; } = [];

        public List<string> Secrets { get; init; } = [];

        public List<string> Volumes { get; init; } = [];

        public List<string> Ports { get; init; } = [];

        public List<string> Networks { get; init; } = [];

        public Dictionary<string, Dependency> DependsOn { get; init; } = [];

        public Healthcheck? Healthcheck { get; init; }

        public string? StopSignal { get; init; }

        public string? StopGracePeriod { get; init; }

        public Deploy? Deploy { get; init; }

        public Logging? Logging { get; init; }

        /// <summary>Every variable that it is given, from the file itself and from those it names.</summary>
        public Dictionary<string, string> Variables()
        {
            var all = EnvFile.SelectMany(file => EnvironmentFile.Read(Path.Combine("deploy/compose", file))).ToDictionary();
            foreach (var (name, value) in Environment)
                all[name] = value;
            return all;
        }
    }

    internal sealed class Build
    {
        public string? Context { get; init; }

        public string? Dockerfile { get; init; }

        public string? Target { get; init; }
    }

    internal sealed class Dependency
    {
        public string? Condition { get; init; }
    }

    internal sealed class Healthcheck
    {
        public List<string> Test { get; init; } = [];

        public string? Interval { get; init; }

        public string? Timeout { get; init; }

        public int Retries { get; init; }

        public string? StartPeriod { get; init; }
    }

    internal sealed class Deploy
    {
        public int Replicas { get; init; } = 1;

        public DeployResources? Resources { get; init; }
    }

    internal sealed class DeployResources
    {
        public Dictionary<string, string> Limits { get; init; } = [];
    }

    internal sealed class Logging
    {
        public string? Driver { get; init; }

        public Dictionary<string, string> Options { get; init; } = [];
    }

    internal sealed class Network
    {
        public bool Internal { get; init; }
    }

    internal sealed class Secret
    {
        public string? File { get; init; }
    }
}
