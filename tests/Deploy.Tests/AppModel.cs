using System.Text.Json;
using System.Text.RegularExpressions;

namespace HotShelf.Deploy.Tests;

/// <summary>What the AppHost composes: its manifest, and from its source what a manifest has no place for.</summary>
internal sealed partial class AppModel
{
    private AppModel(IReadOnlyList<Resource> resources) => Resources = resources;

    /// <summary>Containers and projects; parameters and values only join them.</summary>
    public IReadOnlyList<Resource> Resources { get; }

    public IEnumerable<Resource> Containers => Resources.Where(resource => resource.Image is not null);

    public IEnumerable<Resource> Projects => Resources.Where(resource => resource.Project is not null);

    public static AppModel Load()
    {
        using var manifest = JsonDocument.Parse(Repository.Read("aspire-manifest.json"));
        var source = Repository.Read("AppHost/AppHost.cs");
        return new AppModel([
            .. manifest.RootElement.GetProperty("resources").EnumerateObject()
                .Where(resource => resource.Value.GetProperty("type").GetString() is "container.v0" or "project.v0")
                .Select(resource => Read(resource.Name, resource.Value, source)),
        ]);
    }

    private static Resource Read(string name, JsonElement json, string source)
    {
        var statement = Statements().Matches(source).Select(match => match.Value).Single(text => text.Contains($"(\"{name}\")", StringComparison.Ordinal));
        var replicas = Replicas().Match(statement);
        return new Resource(
            name,
            json.TryGetProperty("image", out var image) ? image.GetString() : null,
            json.TryGetProperty("path", out var path) ? path.GetString()!.Split('/')[^2] : null,
            json.TryGetProperty("args", out var args) ? string.Join(' ', args.EnumerateArray().Select(argument => argument.GetString())) : "",
            json.TryGetProperty("env", out var environment) ? environment.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString()!) : [],
            json.TryGetProperty("bindings", out var bindings)
                ? bindings.EnumerateObject().Select(binding => new Binding(
                    binding.Name,
                    binding.Value.TryGetProperty("targetPort", out var port) ? port.GetInt32() : null,
                    binding.Value.TryGetProperty("external", out var external) && external.GetBoolean())).ToList()
                : [],
            replicas.Success ? int.Parse(replicas.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : 1);
    }

    [GeneratedRegex(@"builder\.Add[^;]*;", RegexOptions.Singleline)]
    private static partial Regex Statements();

    [GeneratedRegex(@"WithReplicas\((\d+)\)")]
    private static partial Regex Replicas();
}

/// <param name="Name">As in AppHost.cs, and as other resources reach it.</param>
/// <param name="Image">Of a container.</param>
/// <param name="Project">The folder of a project.</param>
/// <param name="Arguments">Of a container.</param>
/// <param name="Environment">Names and expressions.</param>
/// <param name="Bindings">What it listens on.</param>
/// <param name="Replicas">1 unless AppHost.cs says otherwise.</param>
internal sealed record Resource(
    string Name, string? Image, string? Project, string Arguments, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<Binding> Bindings, int Replicas)
{
    /// <summary>True when it is given the address of another resource, or a value made of it.</summary>
    public bool Refers(string resource, string through = "") => Environment.Values.Any(value =>
        value.Contains($"{{{resource}.bindings.", StringComparison.Ordinal) || (through.Length > 0 && value.Contains($"{{{through}.connectionString", StringComparison.Ordinal)));

    public override string ToString() => Name;
}

internal sealed record Binding(string Name, int? TargetPort, bool IsExternal);
