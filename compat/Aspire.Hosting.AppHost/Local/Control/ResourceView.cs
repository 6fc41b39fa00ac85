using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>One instance of a resource as the control server tells it.</summary>
internal sealed record ResourceView(string Id, string Resource, string Type, string? Parent, string? State, string? StateStyle, string? Health, bool IsReady, int? ExitCode, DateTime? Created, DateTime? Started, DateTime? Stopped,
    IReadOnlyList<ResourceView.Report> HealthReports, IReadOnlyList<ResourceView.Url> Urls, IReadOnlyList<ResourceView.Value> Environment, IReadOnlyList<ResourceView.Value> Properties,
    IReadOnlyList<ResourceView.Command> Commands, IReadOnlyList<ResourceView.Relationship> Relationships)
{
    public static ResourceView Of(ResourceEvent change, SecretValues secrets)
    {
        var s = change.Snapshot;
        return new ResourceView(change.ResourceId, change.Resource.Name, s.ResourceType, (change.Resource as IResourceWithParent)?.Parent.Name, s.State?.Text, s.State?.Style, s.HealthStatus?.ToString(), s.ReadyEventDone, s.ExitCode,
            s.CreationTimeStamp, s.StartTimeStamp, s.StopTimeStamp,
            [.. s.HealthReports.Select(r => new Report(r.Name, r.Status?.ToString(), r.Description, r.LastRunAt))],
            [.. s.Urls.Select(u => new Url(u.Name, u.Url, u.DisplayProperties.DisplayName, u.IsInternal))],
            [.. s.EnvironmentVariables.Select(v => ValueOf(v.Name, v.Value, secrets.IsIn(v.Value)))],
            [.. s.Properties.Select(p => PropertyOf(p, secrets))],
            [.. s.Commands.Where(c => c.State != ResourceCommandState.Hidden).Select(c => new Command(c.Name, c.DisplayName, c.State == ResourceCommandState.Enabled, c.DisplayDescription, c.ConfirmationMessage, c.IconName, c.IsHighlighted))],
            [.. s.Relationships.Select(r => new Relationship(r.ResourceName, r.Type))]);
    }

    private static Value PropertyOf(ResourcePropertySnapshot property, SecretValues secrets)
    {
        var text = Convert.ToString(property.Value, CultureInfo.InvariantCulture);
        return ValueOf(property.Name, text, property.IsSensitive || secrets.IsIn(text));
    }

    private static Value ValueOf(string name, string? value, bool isSecret) => new(name, isSecret ? null : value, isSecret);

    public sealed record Report(string Name, string? Status, string? Description, DateTime? LastRun);

    public sealed record Url(string? Endpoint, string Address, string Text, bool IsInternal);

    /// <summary>A name and its value; the value of a secret is not told.</summary>
    public sealed record Value(string Name, string? Text, bool IsSecret);

    public sealed record Command(string Name, string DisplayName, bool IsEnabled, string? Description, string? Confirmation, string? Icon, bool IsHighlighted);

    public sealed record Relationship(string Resource, string Type);
}

/// <summary>How a command ended.</summary>
internal sealed record CommandView(bool Success, bool Canceled, string? Message);

/// <summary>One line of an instance's console.</summary>
internal sealed record LineView(int Number, string Text, bool IsError, DateTimeOffset Time, string Instance);
