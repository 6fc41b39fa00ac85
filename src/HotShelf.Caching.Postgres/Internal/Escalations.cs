using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Changes that remove the families of their table, because they are too many, not known, or cannot be mapped.</summary>
internal sealed class Escalations(PostgresChangeFeedOptions options, FeedMetrics metrics, ILogger logger)
{
    public void Report(TableMapping table, string reason, string? position)
    {
        metrics.Escalated(table, reason, position);
        if (reason == "limit")
            Log.Escalated(logger, options.MaximumKeys, table.Table);
    }

    /// <summary>A mapping failed.</summary>
    public void Poison(TableChanges changes, string kind, Exception failure, string? position)
    {
        Log.Poison(logger, failure, changes.Mapping.Table, position ?? "", kind);
        metrics.Poisoned(changes.Mapping, failure, position);
        changes.Escalate("poison");
    }
}
