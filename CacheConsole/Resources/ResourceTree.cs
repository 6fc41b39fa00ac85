namespace HotShelf.CacheConsole.Resources;

/// <summary>A resource with its instances.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Depth">0, or more for a part of another resource.</param>
/// <param name="Instances">By their ids; at least one.</param>
public sealed record ResourceNode(string Name, int Depth, IReadOnlyList<ResourceInstance> Instances)
{
    public string Type => Instances[0].Type;

    public ResourceCondition Condition { get; } = ResourceCondition.Worst(Instances);

    /// <summary>A server with one process is that process; replicas stand below the resource.</summary>
    public bool HasReplicas => Instances.Count > 1;

    /// <summary>Such as 1 of 2.</summary>
    public int Good => Instances.Count(static i => ResourceCondition.Of(i).Kind == ConditionKind.Good);

    /// <summary>When the first of those that run was started.</summary>
    public DateTimeOffset? Started => Instances.Where(static i => i.State is "Running").Min(static i => i.Started);

    /// <summary>Commands that some instance offers, in the engine's order.</summary>
    public IReadOnlyList<ResourceCommand> Commands { get; } =
        [.. Instances.SelectMany(static i => i.Commands).GroupBy(static c => c.Name, StringComparer.Ordinal).Select(static g => g.FirstOrDefault(static c => c.IsEnabled) ?? g.First())];
}

/// <summary>The order in which resources are listed.</summary>
internal static class ResourceTree
{
    /// <summary>By name, parts right below what they are a part of; parameters are listed apart.</summary>
    public static IReadOnlyList<ResourceNode> Of(IReadOnlyList<ResourceInstance> instances)
    {
        var byName = instances.Where(static i => !i.IsParameter).GroupBy(static i => i.Resource, StringComparer.Ordinal).ToDictionary(static g => g.Key, static g => g.ToArray(), StringComparer.Ordinal);
        var nodes = new List<ResourceNode>();
        foreach (var name in byName.Keys.Where(name => byName[name][0].Parent is not { } parent || !byName.ContainsKey(parent)).Order(StringComparer.Ordinal))
            Add(name, 0);
        return nodes;

        void Add(string name, int depth)
        {
            nodes.Add(new ResourceNode(name, depth, byName[name]));
            foreach (var part in byName.Keys.Where(part => byName[part][0].Parent == name && part != name).Order(StringComparer.Ordinal))
                Add(part, depth + 1);
        }
    }
}
