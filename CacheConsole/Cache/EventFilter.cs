using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>Sorts of events that one may want to see alone.</summary>
internal enum EventSort
{
    All,
    Changes,
    Invalidations,
    Fills,
    Nodes,
    Operators,
}

/// <summary>Which events are shown.</summary>
/// <param name="Sort">Of which sort.</param>
/// <param name="Family">Of which family; null: any.</param>
/// <param name="Text">A part of a key, tag, family, application or process; null: any.</param>
internal sealed record EventFilter(EventSort Sort, string? Family, string? Text)
{
    public bool Allows(CacheEvent one) => IsOfSort(one) && (string.IsNullOrEmpty(Family) || one.Family == Family) && (string.IsNullOrEmpty(Text) || Mentions(one, Text));

    private bool IsOfSort(CacheEvent one) => Sort switch
    {
        EventSort.All => true,
        // What concerns everybody; single keys and dropped copies are traffic.
        EventSort.Changes => one.Kind is not (CacheEventKind.Fill or CacheEventKind.Omitted) && !(one.Kind == CacheEventKind.Invalidation && (one.Scope is null or InvalidationScope.Key || one.Source == InvalidationSource.Fleet)),
        EventSort.Invalidations => one.Kind == CacheEventKind.Invalidation,
        EventSort.Fills => one.Kind == CacheEventKind.Fill,
        EventSort.Nodes => one.Kind is CacheEventKind.NodeJoined or CacheEventKind.NodeLeft or CacheEventKind.NodeLost or CacheEventKind.Circuit or CacheEventKind.Stream,
        _ => one.Kind is CacheEventKind.Operator or CacheEventKind.VersionBumped,
    };

    private static bool Mentions(CacheEvent one, string text) =>
        one.Names.Append(one.Family).Append(one.Application).Append(one.Process).Append(one.Action).Any(part => part?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);
}
