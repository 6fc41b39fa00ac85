using System.Text.Json;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Data;

/// <summary>What a worker says of its change feed (<c>GET /cache/feed</c>) and its audit (<c>GET /cache/audit</c>); null where it did not answer.</summary>
internal sealed record WorkerState(CacheNode Node, FeedStatus? Feed, AuditReport? Audit)
{
    /// <summary>Asks every node that feeds the cache at its own address.</summary>
    public static async ValueTask<IReadOnlyList<WorkerState>> ReadAsync(NodeClient client, IReadOnlyList<CacheNode> nodes, CancellationToken cancel) =>
        await Task.WhenAll(nodes.Where(static node => node.IsFeed).Select(async node =>
        {
            var feed = ReadAsync<FeedStatus>(client, node, "cache/feed", cancel);
            return new WorkerState(node, await feed, await ReadAsync<AuditReport>(client, node, "cache/audit", cancel));
        }));

    private static async Task<T?> ReadAsync<T>(NodeClient client, CacheNode node, string path, CancellationToken cancel)
        where T : class
    {
        try
        {
            return node.Address is { } address && await client.GetAsync(address, path, cancel) is { } text ? JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web) : null;
        }
        catch (JsonException)
        {
            // Another program, or another version of ours.
            return null;
        }
    }
}

/// <summary>The state of a worker's change feed, since that process began.</summary>
internal sealed record FeedStatus(
    string Name, string Slot, string State, string? Problem, bool RedisConfirms, double LagSeconds, FeedSlot? SlotState, FeedDelay? Delay, long Transactions, long Resets,
    IReadOnlyList<FeedTable> Tables, IReadOnlyList<FeedEvent> Events)
{
    public bool IsConsuming => State == "consuming";
}

/// <summary>Its replication slot, as PostgreSQL describes it.</summary>
internal sealed record FeedSlot(bool Active, string? WalStatus, long UnconfirmedBytes, long RetainedBytes, long? SafeBytes);

/// <summary>Milliseconds from commit to confirmation by Redis, of the latest transactions.</summary>
internal sealed record FeedDelay(int Transactions, double P50, double P99, double Max);

internal sealed record FeedTable(string Table, IReadOnlyList<string> Families, long Inserts, long Updates, long Deletes, long Truncates, long Escalations, long Poison);

/// <summary>An escalation, a failed mapping (poison) or a reset.</summary>
internal sealed record FeedEvent(DateTimeOffset At, string Kind, string? Table, string Reason, string? Position);

/// <summary>How consistent a worker found the cache, since that process began.</summary>
internal sealed record AuditReport(long Rounds, long Checked, long Consistent, double? Ratio, int Open, DateTimeOffset? LastRound, IReadOnlyList<AuditViolation> Violations)
{
    /// <summary>What all workers found, as one; its <see cref="LastRound"/> is that of the worker whose latest round is the oldest. Null without a report.</summary>
    public static AuditReport? Sum(IReadOnlyList<AuditReport> reports)
    {
        if (reports.Count == 0)
            return null;
        var (total, consistent) = (reports.Sum(static report => report.Checked), reports.Sum(static report => report.Consistent));
        // Each worker chooses its own entries, but all look at the hottest: one that several found is one.
        var open = reports.SelectMany(static report => report.Violations.Where(violation => violation.Seen == report.LastRound)).Select(static violation => violation.Key).ToArray();
        return new AuditReport(
            reports.Sum(static report => report.Rounds), total, consistent, total == 0 ? null : (double)consistent / total, reports.Sum(static report => report.Open) - (open.Length - open.Distinct().Count()),
            reports.Min(static report => report.LastRound), [.. reports.SelectMany(static report => report.Violations).OrderByDescending(static violation => violation.Seen).DistinctBy(static violation => violation.Key)]);
    }

    /// <summary>The nines: 3 for 99.9 %. Without a violation at least as many as the checks can show.</summary>
    public string Nines => Ratio is not { } ratio ? "" : Consistent == Checked ? $"more than {Math.Floor(Math.Log10(Checked)):0} nines" : $"{Math.Floor(-Math.Log10(1 - ratio) * 10) / 10:0.#} nines";
}

/// <summary>An entry that stayed older than the database for longer than promised; a version of 0 stands for nothing.</summary>
internal sealed record AuditViolation(string Key, long Cached, long Stored, DateTimeOffset Since, DateTimeOffset Seen);
