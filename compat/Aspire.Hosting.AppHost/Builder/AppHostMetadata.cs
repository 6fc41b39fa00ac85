using System.Reflection;

namespace Aspire.Hosting;

/// <summary>What the build wrote into the AppHost's assembly.</summary>
internal sealed class AppHostMetadata
{
    private const string TargetPrefix = "projecttarget:";

    public string? Directory { get; private init; }

    public string? ProjectName { get; private init; }

    public string? UserSecretsId { get; private init; }

    /// <summary>The built assembly of each referenced project, by the full path of its project file.</summary>
    public IReadOnlyDictionary<string, string> ProjectTargets { get; private init; } = new Dictionary<string, string>();

    public static AppHostMetadata Of(Assembly? assembly)
    {
        var facts = assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().Where(a => a.Value is not null).ToArray() ?? [];
        return new AppHostMetadata
        {
            Directory = facts.FirstOrDefault(a => a.Key == "apphostprojectpath")?.Value,
            ProjectName = facts.FirstOrDefault(a => a.Key == "apphostprojectname")?.Value,
            UserSecretsId = assembly?.GetCustomAttribute<Microsoft.Extensions.Configuration.UserSecrets.UserSecretsIdAttribute>()?.UserSecretsId,
            ProjectTargets = facts.Where(a => a.Key.StartsWith(TargetPrefix, StringComparison.Ordinal)).ToDictionary(a => a.Key[TargetPrefix.Length..], a => a.Value!),
        };
    }
}
