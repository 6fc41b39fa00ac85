using System.Text.Json;
using System.Text.Json.Serialization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What the generated class of a referenced project says.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }

    LaunchSettings? LaunchSettings => null;

    bool SuppressBuild => false;
}

/// <summary>How a project is added.</summary>
public class ProjectResourceOptions
{
    public string? LaunchProfileName { get; set; }

    public bool ExcludeLaunchProfile { get; set; }

    public bool ExcludeKestrelEndpoints { get; set; }
}

/// <summary>A project's <c>Properties/launchSettings.json</c>.</summary>
public sealed class LaunchSettings
{
    [JsonPropertyName("profiles")]
    public Dictionary<string, LaunchProfile> Profiles { get; set; } = [];

    /// <summary>The file beside the project, or null when there is none. Throws <see cref="DistributedApplicationException"/> when it is not valid JSON.</summary>
    internal static LaunchSettings? Read(string projectDirectory)
    {
        var path = Path.Combine(projectDirectory, "Properties", "launchSettings.json");
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<LaunchSettings>(File.ReadAllText(path), s_options);
        }
        catch (JsonException exception)
        {
            throw new DistributedApplicationException($"'{path}' is not a valid launch settings file: {exception.Message}", exception);
        }
    }

    private static readonly JsonSerializerOptions s_options = new() { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
}

/// <summary>One way to launch a project.</summary>
public sealed class LaunchProfile
{
    [JsonPropertyName("commandName")]
    public string? CommandName { get; set; }

    [JsonPropertyName("commandLineArgs")]
    public string? CommandLineArgs { get; set; }

    [JsonPropertyName("applicationUrl")]
    public string? ApplicationUrl { get; set; }

    [JsonPropertyName("environmentVariables")]
    public Dictionary<string, string> EnvironmentVariables { get; set; } = [];
}
