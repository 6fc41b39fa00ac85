namespace HotShelf.CacheConsole.Resources;

/// <summary>How a resource is, in one word.</summary>
public enum ConditionKind
{
    /// <summary>It runs, and is healthy or not checked.</summary>
    Good,

    /// <summary>It is on its way: waiting, starting, not healthy yet.</summary>
    Starting,

    /// <summary>It runs but its checks complain.</summary>
    Degraded,

    /// <summary>It failed, crashed, or its checks fail after it had been ready.</summary>
    Bad,

    /// <summary>Somebody stopped it, or it has finished.</summary>
    Off,
}

/// <summary>State and health of an instance as one condition. What has not been healthy yet is starting, not red.</summary>
public sealed record ResourceCondition(ConditionKind Kind, string Text)
{
    public static ResourceCondition Of(ResourceInstance instance) => instance.State switch
    {
        null or "" or "Unknown" => new(ConditionKind.Off, "Unknown"),
        "Running" => Running(instance),
        "NotStarted" => new(ConditionKind.Off, "Not started"),
        "Finished" when instance.ExitCode is null or 0 => new(ConditionKind.Off, "Finished"),
        "Exited" when instance.ExitCode is null or 0 => new(ConditionKind.Off, "Stopped"),
        "Finished" or "Exited" => new(ConditionKind.Bad, $"Exited with code {instance.ExitCode}"),
        "FailedToStart" => new(ConditionKind.Bad, "Failed to start"),
        "RuntimeUnhealthy" => new(ConditionKind.Bad, "Engine unhealthy"),
        "Active" or "Value" => new(ConditionKind.Good, "Set"),
        "ValueMissing" => new(ConditionKind.Bad, "Value missing"),
        var state => new(ConditionKind.Starting, state),
    };

    /// <summary>The condition that is worst, for several replicas as one.</summary>
    public static ResourceCondition Worst(IEnumerable<ResourceInstance> instances) =>
        instances.Select(Of).MaxBy(static c => c.Kind switch { ConditionKind.Bad => 4, ConditionKind.Degraded => 3, ConditionKind.Starting => 2, ConditionKind.Off => 1, _ => 0 })
        ?? new(ConditionKind.Off, "Unknown");

    private static ResourceCondition Running(ResourceInstance instance) => instance.Health switch
    {
        null => new(ConditionKind.Good, "Running"),
        "Healthy" => new(ConditionKind.Good, "Healthy"),
        _ when !instance.IsReady => new(ConditionKind.Starting, "Starting"),
        "Degraded" => new(ConditionKind.Degraded, "Degraded"),
        _ => new(ConditionKind.Bad, "Unhealthy"),
    };
}
