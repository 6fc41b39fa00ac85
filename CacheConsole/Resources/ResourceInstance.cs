namespace HotShelf.CacheConsole.Resources;

/// <summary>One instance of a resource, as the engine's feed tells it (docs/aspire.md).</summary>
public sealed record ResourceInstance
{
    /// <summary>Such as <c>productapi-abcdefgh</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Such as <c>productapi</c>: one for all replicas.</summary>
    public required string Resource { get; init; }

    public string Type { get; init; } = "";

    /// <summary>The resource that this one is a part of, such as a database's server.</summary>
    public string? Parent { get; init; }

    public string? State { get; init; }

    /// <summary><c>success</c>, <c>info</c>, <c>warning</c>, <c>error</c>.</summary>
    public string? StateStyle { get; init; }

    /// <summary><c>Healthy</c>, <c>Degraded</c>, <c>Unhealthy</c>; null when nothing checks it.</summary>
    public string? Health { get; init; }

    /// <summary>It has been healthy since its start.</summary>
    public bool IsReady { get; init; }

    public int? ExitCode { get; init; }

    public DateTimeOffset? Created { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Stopped { get; init; }

    public IReadOnlyList<HealthReport> HealthReports { get; init; } = [];

    public IReadOnlyList<ResourceUrl> Urls { get; init; } = [];

    public IReadOnlyList<ResourceValue> Environment { get; init; } = [];

    public IReadOnlyList<ResourceValue> Properties { get; init; } = [];

    public IReadOnlyList<ResourceCommand> Commands { get; init; } = [];

    public IReadOnlyList<ResourceRelationship> Relationships { get; init; } = [];

    public bool IsParameter => Type == "Parameter";
}

/// <summary>What a health check said last.</summary>
public sealed record HealthReport(string Name, string? Status, string? Description, DateTimeOffset? LastRun);

/// <summary>Where a resource is reached.</summary>
public sealed record ResourceUrl(string? Endpoint, string Address, string? Text, bool IsInternal);

/// <summary>A variable or property; of a secret the engine tells no value.</summary>
public sealed record ResourceValue(string Name, string? Text, bool IsSecret);

/// <summary>Something that can be done with a resource.</summary>
public sealed record ResourceCommand(string Name, string DisplayName, bool IsEnabled, string? Description, string? Confirmation, string? Icon, bool IsHighlighted);

/// <summary>Another resource that this one refers to or waits for.</summary>
public sealed record ResourceRelationship(string Resource, string Type);

/// <summary>How a command ended.</summary>
public sealed record CommandOutcome(bool Success, bool Canceled, string? Message);

/// <summary>One line of a console.</summary>
public sealed record FeedLine(int Number, string Text, bool IsError, DateTimeOffset Time, string Instance);
