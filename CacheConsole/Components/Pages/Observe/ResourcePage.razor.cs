using HotShelf.CacheConsole.Components.Resources;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Resources;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Observe;

/// <summary>A resource with all its instances, or one instance of it.</summary>
public sealed partial class ResourcePage
{
    private const int Lines = 12;

    private ResourceNode? _node;
    private ResourceInstance? _shown;
    private string? _parent;
    private int _errors;
    private IReadOnlyList<ConsoleLine> _lines = [];
    private IReadOnlyList<ResourceRelationship> _relations = [];
    private CommandResult? _result;
    private ConfirmDialog? _confirm;

    [Parameter]
    public string Name { get; set; } = "";

    protected override long Version => Board.Version + Consoles.Version + Logs.Version;

    [Inject]
    private ResourceBoard Board { get; set; } = null!;

    [Inject]
    private ConsoleStore Consoles { get; set; } = null!;

    [Inject]
    private LogStore Logs { get; set; } = null!;

    protected override void Compute()
    {
        var all = Board.Instances;
        ResourceInstance[] instances = [.. all.Where(i => i.Resource == Name)];
        _parent = null;
        if (instances.Length == 0 && Board.Find(Name) is { } one)
        {
            instances = [one];
            _parent = one.Resource;
        }

        _node = instances.Length == 0 ? null : new ResourceNode(Name, 0, instances);
        _shown = instances.FirstOrDefault();
        _lines = Consoles.Snapshot(Name).TakeLast(Lines).ToArray();
        _errors = Logs.Snapshot().Count(entry => entry.Severity >= LogSeverity.Error && entry.Source.Is(Name));
        _relations = Relations(instances, all);
    }

    private void OnRan(CommandResult result) => _result = result;

    // Also those who refer to this one: what breaks when it does.
    private static ResourceRelationship[] Relations(ResourceInstance[] mine, IReadOnlyList<ResourceInstance> all)
    {
        if (mine is not [var first, ..])
            return [];
        var backwards = all.Where(other => other.Resource != first.Resource).SelectMany(other => other.Relationships.Where(r => r.Resource == first.Resource)
            .Select(r => new ResourceRelationship(other.Resource, r.Type switch { "Reference" => "Referenced by", "WaitFor" => "Waited for by", "Parent" => "Parent of", var type => $"{type} of" })));
        var forwards = first.Relationships.Select(static r => r with { Type = r.Type switch { "WaitFor" => "Waits for", "Reference" => "Refers to", var type => type } });
        return [.. forwards.Concat(backwards).Distinct().OrderBy(static r => r.Type, StringComparer.Ordinal).ThenBy(static r => r.Resource, StringComparer.Ordinal)];
    }

    private static Status StatusOf(HealthReport report) => report.Status switch { "Healthy" => Status.Good, "Degraded" => Status.Warning, null => Status.Busy, _ => Status.Bad };
}
