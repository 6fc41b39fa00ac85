using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is known of one instance of a resource at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }

    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    public DateTime? CreationTimeStamp { get; init; }

    public DateTime? StartTimeStamp { get; init; }

    public DateTime? StopTimeStamp { get; init; }

    public ResourceStateSnapshot? State { get; init; }

    public int? ExitCode { get; init; }

    public HealthStatus? HealthStatus => ComputeHealth();

    public ImmutableArray<HealthReportSnapshot> HealthReports { get; internal init; } = [];

    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];

    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];

    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];

    public bool IsHidden { get; init; }

    internal bool ReadyEventDone { get; init; }

    // A resource without checks is healthy as soon as it runs; one whose checks have not answered yet is not.
    private HealthStatus? ComputeHealth()
    {
        if (State?.Text != KnownResourceStates.Running)
            return null;
        return HealthReports.IsEmpty
            ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
            : HealthReports.Min(report => report.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);
    }
}

/// <summary>A state, with a style such as <c>success</c> or <c>error</c>.</summary>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new ResourceStateSnapshot(s, null);
}

/// <summary>A property that is shown.</summary>
public sealed record ResourcePropertySnapshot(string Name, object? Value)
{
    public bool IsSensitive { get; init; }
}

/// <summary>An environment variable of a process.</summary>
public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec);

/// <summary>A URL of a resource.</summary>
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal)
{
    public bool IsInactive { get; init; }

    public UrlDisplayPropertiesSnapshot DisplayProperties { get; init; } = new();
}

/// <summary>How a URL is shown.</summary>
public sealed record UrlDisplayPropertiesSnapshot(string DisplayName = "", int SortOrder = 0);

/// <summary>What a health check said last; no status yet when it has not run.</summary>
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText)
{
    public DateTime? LastRunAt { get; init; }
}

/// <summary>A relation to another resource.</summary>
public sealed record RelationshipSnapshot(string ResourceName, string Type);

/// <summary>A command and whether it is offered now.</summary>
public sealed record ResourceCommandSnapshot(string Name, ResourceCommandState State, string DisplayName, string? DisplayDescription, object? Parameter, string? ConfirmationMessage, string? IconName, IconVariant? IconVariant, bool IsHighlighted);

/// <summary>Something changed about one instance of a resource.</summary>
public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    public IResource Resource { get; } = resource;

    public string ResourceId { get; } = resourceId;

    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}

/// <summary>The states of a resource by the names everybody uses.</summary>
public static class KnownResourceStates
{
    public static readonly string Active = nameof(Active);
    public static readonly string Building = nameof(Building);
    public static readonly string Exited = nameof(Exited);
    public static readonly string FailedToStart = nameof(FailedToStart);
    public static readonly string Finished = nameof(Finished);
    public static readonly string NotStarted = nameof(NotStarted);
    public static readonly string Running = nameof(Running);
    public static readonly string RuntimeUnhealthy = nameof(RuntimeUnhealthy);
    public static readonly string Starting = nameof(Starting);
    public static readonly string Stopping = nameof(Stopping);
    public static readonly string ValueMissing = nameof(ValueMissing);
    public static readonly string Waiting = nameof(Waiting);
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}

/// <summary>How a state is shown.</summary>
public static class KnownResourceStateStyles
{
    public static readonly string Error = "error";
    public static readonly string Success = "success";
    public static readonly string Info = "info";
    public static readonly string Warn = "warn";
}
