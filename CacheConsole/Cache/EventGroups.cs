using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>
/// One row for one cause: the node that changes a row of the database invalidates its tags, and the change feed does it again a moment later. Both rows name
/// the same tags. Events of single keys stay apart: the key inspector shows who dropped which copy.
/// </summary>
internal static class EventGroups
{
    /// <summary>How much later the second invalidation may come.</summary>
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(2);

    /// <param name="events">The newest first.</param>
    /// <returns>The same, with the first event of each cause in place of all of them; its process names the other nodes.</returns>
    public static IReadOnlyList<CacheEvent> Of(IEnumerable<CacheEvent> events)
    {
        var rows = new List<(CacheEvent First, DateTimeOffset Last, string?[] Nodes)>();
        foreach (var one in events)
        {
            // A node that does the same twice has two causes.
            var index = IsWide(one) ? rows.FindIndex(row => IsSame(row.First, one) && row.Last - one.At <= s_window && !row.Nodes.Contains(one.NodeId)) : -1;
            if (index < 0)
            {
                rows.Add((one, one.At, [one.NodeId]));
                continue;
            }

            var (later, last, nodes) = rows[index];
            rows[index] = (one with { Process = $"{one.Process}, then {later.Application} {later.Process}" }, last, [.. nodes, one.NodeId]);
        }

        return [.. rows.Select(static row => row.First)];
    }

    private static bool IsSame(CacheEvent one, CacheEvent other) => IsWide(one) && one.Scope == other.Scope && one.Family == other.Family && one.Names.SequenceEqual(other.Names);

    private static bool IsWide(CacheEvent one) =>
        one is { Kind: CacheEventKind.Invalidation, Source: not InvalidationSource.Fleet, Scope: InvalidationScope.Tag or InvalidationScope.Family or InvalidationScope.Everything };
}
