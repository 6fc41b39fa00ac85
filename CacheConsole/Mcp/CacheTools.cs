using System.ComponentModel;
using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Overview;
using HotShelf.Caching.Fleet;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace HotShelf.CacheConsole.Mcp;

/// <summary>Answers by the same readings as the pages. No value of an entry is told.</summary>
[McpServerToolType]
internal sealed class CacheTools(ICacheFleet fleet, FleetReader reader, FleetData data, EventFeed feed, NodeClient client, TimeProvider time)
{
    [McpServerTool(Name = "hit_ratio", ReadOnly = true), Description("How well each family of entries is cached: reads, hit ratio (answered fresh or stale from the cache), shares of memory (L1) and Redis (L2), fills, failed fills and the p99 of a fill.")]
    public Task<object> HitRatioAsync(
        [Description("Only this family, such as 'product'; leave out for all.")] string? family = null, [Description("The last so many minutes: 5, 15, 60, 360 or 1440.")] int minutes = 15, CancellationToken cancel = default) =>
        AskAsync(async () =>
        {
            var span = HistorySpan.All.FirstOrDefault(span => span.Length.TotalMinutes >= minutes, HistorySpan.All[^1]);
            var history = await reader.HistoryAsync(span, cancel);
            var names = history.SelectMany(static minute => minute.Families).Select(static one => one.Family).Distinct(StringComparer.Ordinal).Where(name => family is null || name == family);
            return new { window = $"last {span.Title}", redisAwaySince = reader.AwaySince, all = Figures(null), families = names.Select(Figures).OrderByDescending(static figures => figures?.Reads) };

            FamilyFigures? Figures(string? name) => HistoryPoint.Whole(history, time.GetUtcNow(), name) is { Counts: var counts } point
                ? new FamilyFigures(name ?? "all", counts.Asked, counts.HitRatio, point.Share(counts.LocalHits), point.Share(counts.RemoteHits), counts.Stale, counts.Fills, counts.FillErrors, counts.FillDurations.Percentile(0.99)?.TotalMilliseconds)
                : null;
        });

    [McpServerTool(Name = "hot_keys", ReadOnly = true), Description("The keys that all nodes together read most; older reads count for less.")]
    public Task<object> HotKeysAsync([Description("How many, 1 to 200.")] int count = 20, [Description("Only this family.")] string? family = null, CancellationToken cancel = default) =>
        AskAsync(async () => (await fleet.GetHotKeysAsync(FleetData.HotKeysShown, cancel)).Where(key => family is null || key.Family == family).Take(Math.Clamp(count, 1, FleetData.HotKeysShown))
            .Select(static key => new { key = key.Key, decoded = KeyText.Decoded(key.Key), family = key.Family, reads = Math.Round(key.Reads, 1) }));

    [McpServerTool(Name = "describe_key", ReadOnly = true), Description("What is behind a key: the entry that Redis holds (its state, times, tags, type and size, not its value), and which nodes hold a copy in memory.")]
    public Task<object> DescribeKeyAsync([Description("As the application names it, such as 'product:42'.")] string key, CancellationToken cancel = default) =>
        AskAsync(async () =>
        {
            var view = await KeyView.ReadAsync(fleet, key, cancel);
            return new
            {
                key,
                decoded = KeyText.Decoded(key),
                redis = view.Entry is { } entry
                    ? new { state = KeyView.StateOf(entry, time.GetUtcNow()), entry.Created, entry.FreshUntil, entry.StaleUntil, entry.Tags, entry.Type, entry.StoredBytes, entry.HiddenBy, entry.IsNull }
                    : null,
                nodes = view.Holders.Select(static holder => new { node = NodeNames.Of(holder.Node), copy = holder.Copy.ToString(), until = holder.LocalUntil, holder.Reads }),
            };
        });

    [McpServerTool(Name = "recent_changes", ReadOnly = true), Description("What changed lately, one item for each cause, the newest first: invalidations with the nodes that told them and what followed, nodes that came or went, circuits, operators' actions.")]
    public Task<object> RecentChangesAsync([Description("How many, 1 to 100.")] int count = 20, CancellationToken cancel = default) =>
        AskAsync(async () =>
        {
            var changes = reader.AwaySince is null ? await fleet.GetChangesAsync(FleetData.ChangesShown, cancel) : data.Changes.Current.Value ?? [];
            return Cause.Of(changes.Concat(feed.Snapshot()).DistinctBy(static one => one.Id)).Where(static cause => cause.IsChange).Take(Math.Clamp(count, 1, 100)).Select(static cause =>
            {
                var line = EventLine.Of(cause.First);
                return new { at = cause.First.At, what = line.What, detail = line.Detail, followed = cause.Summary, nodes = cause.Nodes, by = cause.First.Actor };
            });
        });

    [McpServerTool(Name = "consistency", ReadOnly = true), Description("Is anything wrong or inconsistent: findings as on the overview, the audit that compares cached entries with the database, and the change feed's lag, state and failures.")]
    public Task<object> ConsistencyAsync(CancellationToken cancel = default) =>
        AskAsync(async () =>
        {
            var nodes = await reader.NodesAsync(cancel);
            var workers = await WorkerState.ReadAsync(client, nodes, cancel);
            var window = HistoryPoint.Whole([.. (await reader.HistoryAsync(HistorySpan.Hour, cancel)).TakeLast((int)Verdict.Window.TotalMinutes)], time.GetUtcNow());
            var servers = data.Servers.Current is { Problem: null } current ? current.Value : null;
            return new
            {
                redisAwaySince = reader.AwaySince,
                findings = Verdict.Of(nodes, servers, window, time.GetUtcNow(), workers, client.WorkerSeen).Select(static finding => new { severity = finding.Status.ToString(), text = finding.Text }),
                workers = workers.Select(static worker => new { name = NodeNames.Of(worker.Node), feed = worker.Feed, audit = worker.Audit }),
            };
        });

    private static async Task<object> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return (await ask())!;
        }
        catch (FleetUnavailableException exception)
        {
            throw new McpException(exception.Message);
        }
    }

    private sealed record FamilyFigures(string Family, long Reads, double? HitRatio, double? FromMemory, double? FromRedis, long Stale, long Fills, long FailedFills, double? FillP99Milliseconds);
}
