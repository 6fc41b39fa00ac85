using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>
/// One row for one cause. A write to the database is told by many events: the replica that wrote invalidates keys and tags, the change feed does so again, other nodes drop their copies, and
/// the keys are filled again. An outage of Redis is told by every node.
/// </summary>
/// <param name="First">The event that began it, with the keys if any event has them.</param>
/// <param name="Others">The events that belong to it, in the order of time.</param>
public sealed record Cause(CacheEvent First, IReadOnlyList<CacheEvent> Others)
{
    /// <summary>How long after its beginning an event may still belong to it.</summary>
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(2);

    /// <summary>How far apart the keys and the tags of one write may be told.</summary>
    private static readonly TimeSpan s_together = TimeSpan.FromMilliseconds(250);

    /// <summary>The nodes that invalidated, in the order of time; without an invalidation the one that began it.</summary>
    public IReadOnlyList<string> Nodes => [.. Others.Prepend(First).Where(one => !IsEffect(one) || ReferenceEquals(one, First)).OrderBy(static one => one.At)
        .Select(NodeNames.Of).Distinct().Where(static name => name.Length > 0)];

    /// <summary>Not traffic: an invalidation that is no effect of another, or something that concerns a node or all.</summary>
    public bool IsChange => First.Kind != CacheEventKind.Omitted && !IsEffect(First);

    /// <summary>What followed, in words; null for nothing.</summary>
    public string? Summary
    {
        get
        {
            var tags = Others.Where(static one => one.Scope == InvalidationScope.Tag).SelectMany(static one => one.Names).Except(First.Names, StringComparer.Ordinal).ToArray();
            var dropped = Others.Count(static one => one is { Kind: CacheEventKind.Invalidation, Source: InvalidationSource.Fleet });
            var filled = Others.Count(static one => one.Kind == CacheEventKind.Fill);
            string?[] parts = [tags.Length > 0 ? $"with {string.Join(", ", tags)}" : null, dropped > 0 ? IsEffect(First) && First.Kind == CacheEventKind.Invalidation ? $"on {dropped + 1} nodes" : $"{dropped} {(dropped == 1 ? "copy" : "copies")} dropped" : null, filled > 0 ? $"{filled} filled{(IsEffect(First) ? "" : " again")}" : null];
            return parts.Any(static part => part is not null) ? string.Join("; ", parts.OfType<string>()) : null;
        }
    }

    /// <param name="events">In any order.</param>
    /// <returns>The newest first.</returns>
    public static IReadOnlyList<Cause> Of(IEnumerable<CacheEvent> events)
    {
        var groups = new List<Group>();
        foreach (var one in events.OrderBy(static one => one.At))
        {
            var found = one.Kind is CacheEventKind.Invalidation or CacheEventKind.Fill or CacheEventKind.Circuit or CacheEventKind.Stream ? Find(groups, one) : null;
            if (found is null)
                groups.Add(found = new Group(one));
            found.Add(one);
            if (IsEffect(one) || one.Kind != CacheEventKind.Invalidation)
                continue;
            // The clocks of nodes differ, and the feed may be faster than the node that wrote: what belongs to this one may have been told before it.
            for (var i = groups.Count - 1; i >= 0 && one.At - groups[i].At <= s_window; i--)
            {
                if (found.TakesOver(groups[i], one.At))
                    groups.RemoveAt(i);
            }
        }

        groups.Reverse();
        return [.. groups.Select(static group => group.ToCause())];
    }

    private static Group? Find(List<Group> groups, CacheEvent one)
    {
        for (var i = groups.Count - 1; i >= 0 && one.At - groups[i].At <= s_window; i--)
        {
            if (groups[i].Takes(one))
                return groups[i];
        }

        return null;
    }

    /// <summary>What follows from an invalidation, and is none by itself.</summary>
    private static bool IsEffect(CacheEvent one) => one.Kind == CacheEventKind.Fill || one.Source == InvalidationSource.Fleet;

    private sealed class Group(CacheEvent first)
    {
        private readonly List<CacheEvent> _all = [];
        private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
        private IReadOnlyList<string>? _wide;

        public DateTimeOffset At => first.At;

        public bool Takes(CacheEvent one)
        {
            if (first.Kind is not (CacheEventKind.Invalidation or CacheEventKind.Fill) || one.Kind is not (CacheEventKind.Invalidation or CacheEventKind.Fill))
            {
                // Nodes lose Redis together, and come back together.
                return one.Kind == first.Kind && one.State == first.State && !_all.Exists(other => other.NodeId == one.NodeId);
            }

            // A fill belongs to the copies that it replaced, and never begins an invalidation.
            if (IsEffect(one) || IsEffect(first))
                return IsEffect(one) && one.Names.Any(_keys.Contains);
            var isSibling = _all.Exists(other => other.NodeId == one.NodeId && one.At - other.At <= s_together);
            if (!IsWide(one))
                return one.Names.Any(_keys.Contains) || (_keys.Count == 0 && first.Scope == InvalidationScope.Tag && isSibling);
            return _wide is null ? isSibling : _wide.SequenceEqual(Wide(one)) && !_all.Exists(other => other.Scope == one.Scope && other.NodeId == one.NodeId);
        }

        public bool TakesOver(Group earlier, DateTimeOffset now)
        {
            var isOurs = !ReferenceEquals(earlier, this) && _keys.Count > 0 && (IsEffect(earlier._all[0])
                ? now - earlier.At <= s_together && earlier._keys.Overlaps(_keys)
                : earlier._keys.Count == 0 && _wide is not null && earlier._wide?.SequenceEqual(_wide) == true && !earlier._all.Exists(one => _all.Exists(other => IsWide(other) && other.NodeId == one.NodeId)));
            if (isOurs)
                _all.AddRange(earlier._all);
            return isOurs;
        }

        public void Add(CacheEvent one)
        {
            _all.Add(one);
            if (IsWide(one))
                _wide ??= Wide(one);
            else if (!IsEffect(one) || IsEffect(first))
                _keys.UnionWith(one.Names);
        }

        public Cause ToCause()
        {
            var named = _all.Find(static one => !IsEffect(one) && one.Scope == InvalidationScope.Key) ?? (IsEffect(first) ? _all.Find(static one => one.Kind == CacheEventKind.Fill) : null) ?? first;
            return new Cause(named, [.. _all.Where(one => !ReferenceEquals(one, named)).OrderBy(static one => one.At)]);
        }

        private static bool IsWide(CacheEvent one) => one is { Kind: CacheEventKind.Invalidation, Scope: InvalidationScope.Tag or InvalidationScope.Family or InvalidationScope.Everything };

        private static IReadOnlyList<string> Wide(CacheEvent one) => one.Family is { } family ? [family] : one.Names;
    }
}
