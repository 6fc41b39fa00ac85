using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Local;

/// <summary>All resources on one screen, for a person.</summary>
internal static class StatusTable
{
    public static string Of(LocalEngine engine)
    {
        var rows = engine.Runners.Where(r => r.Resource is not ParameterResource).Select(r => RowOf(engine, r)).ToList();
        rows.Insert(0, ["Resource", "State", "Replicas", "Where", "Log"]);
        var widths = Enumerable.Range(0, rows[0].Length - 1).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return string.Join(Environment.NewLine, rows.Select(row => "  " + string.Join("  ", row.Select((cell, i) => i < widths.Length ? cell.PadRight(widths[i]) : cell)).TrimEnd()))
            + $"{Environment.NewLine}{Environment.NewLine}{(DashboardLogin.LinkOf(engine.Services) is { } link ? $"Dashboard: {link}{Environment.NewLine}" : "")}Whole logs are in {engine.Space.Logs}";
    }

    /// <summary>The states of a resource's instances, such as <c>Running (healthy)</c>.</summary>
    public static string StateOf(LocalEngine engine, IResource resource) =>
        string.Join(", ", EventsOf(engine, resource).Select(e => e.Snapshot.State?.Text + HealthOf(e.Snapshot)).Distinct());

    // Not healthy yet is not unhealthy: a person should not look for a fault while a resource starts.
    private static string HealthOf(CustomResourceSnapshot snapshot) => snapshot.HealthStatus switch
    {
        null => "",
        HealthStatus.Healthy => " (healthy)",
        _ when !snapshot.ReadyEventDone => " (starting)",
        var health => $" ({health.ToString()!.ToLowerInvariant()})",
    };

    private static string[] RowOf(LocalEngine engine, ResourceRunner runner)
    {
        var events = EventsOf(engine, runner.Resource);
        var urls = string.Join(" ", events.FirstOrDefault()?.Snapshot.Urls.Where(u => !u.IsInternal).Select(u => u.Url) ?? []);
        var logs = runner is ProcessRunner ? string.Join(" ", events.Select(e => $"{e.ResourceId}.log")) : "";
        var where = urls.Length > 0 ? urls : runner.Resource is IResourceWithParent { Parent: var parent } ? $"in {parent.Name}" : "";
        return [runner.Resource.Name, StateOf(engine, runner.Resource), runner is ProcessRunner ? $"{events.Length}" : "", where, logs];
    }

    private static ResourceEvent[] EventsOf(LocalEngine engine, IResource resource) =>
        [.. engine.Notifications.Current.Where(e => ReferenceEquals(e.Resource, resource)).OrderBy(e => e.ResourceId, StringComparer.Ordinal)];
}
