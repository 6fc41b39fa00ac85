using HotShelf.CacheConsole.Components.Resources;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Resources;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Observe;

/// <summary>Every resource with its instances, as they are now.</summary>
public sealed partial class ResourcesPage
{
    private IReadOnlyList<ResourceNode> _nodes = [];
    private IReadOnlyList<ResourceInstance> _parameters = [];
    private Dictionary<string, int> _errors = [];
    private CommandResult? _result;
    private ConfirmDialog? _confirm;

    protected override long Version => Board.Version + Logs.Version;

    [Inject]
    private ResourceBoard Board { get; set; } = null!;

    [Inject]
    private LogStore Logs { get; set; } = null!;

    protected override void Compute()
    {
        var instances = Board.Instances;
        _nodes = ResourceTree.Of(instances);
        _parameters = [.. instances.Where(static i => i.IsParameter)];
        var errors = Logs.Snapshot().Where(static entry => entry.Severity >= LogSeverity.Error).ToArray();
        _errors = errors.GroupBy(static entry => entry.Source.Service, StringComparer.Ordinal)
            .Concat(errors.GroupBy(static entry => entry.Source.Id, StringComparer.Ordinal))
            .DistinctBy(static group => group.Key, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.Count(), StringComparer.Ordinal);
    }

    private int Errors(string name) => _errors.GetValueOrDefault(name);

    private void OnRan(CommandResult result) => _result = result;

    private static string? Why(ResourceNode node) => node.Instances.Select(Why).FirstOrDefault(static why => why is not null);

    private static string? Why(ResourceInstance instance) =>
        instance.HealthReports.FirstOrDefault(static report => report.Status is not (null or "Healthy")) is { } report ? $"{report.Name}: {report.Description ?? report.Status}" : null;
}
