using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>
/// What happens on this node, until it is delivered. Bounded twice: so many of each kind a second, and so many in all, since Redis may be away. What is
/// not kept is counted, and told as a number. What changes something for everybody is kept apart from traffic, which would push it out.
/// </summary>
internal sealed class FleetJournal(FleetIdentity identity, HotShelfCachingOptions options, FamilyTable families, CacheClock clock)
{
    private const int ChangesPerSecond = 20;
    private const int MaximumWaiting = 250;
    private const int MaximumNames = 10;
    private const int MaximumNameLength = 256;

    private readonly Lock _lock = new();
    private readonly EventBudget _changeBudget = new("changes", ChangesPerSecond, clock);
    private readonly EventBudget _fillBudget = new("fills", options.Fleet.EventsPerSecond, clock);
    private readonly EventBudget _removalBudget = new("removed keys", options.Fleet.EventsPerSecond, clock);
    private readonly EventBudget _copyBudget = new("dropped copies", options.Fleet.EventsPerSecond, clock);
    private List<CacheEvent> _changes = [];
    private List<CacheEvent> _traffic = [];
    private CoherenceState? _stream;
    private volatile bool _hasEvents;

    /// <summary>True when something waits to be told.</summary>
    public bool HasEvents => _hasEvents;

    public void Joined() => Change(New(CacheEventKind.NodeJoined) with { State = identity.AssemblyVersion, CacheVersion = options.Version });

    public void Left() => Change(New(CacheEventKind.NodeLeft));

    public void VersionBumped() => Change(New(CacheEventKind.VersionBumped) with { CacheVersion = options.Version });

    public void CircuitChanged(bool isOpen) => Change(New(CacheEventKind.Circuit) with { State = isOpen ? "open" : "closed" });

    public void StreamChanged(CoherenceState state)
    {
        lock (_lock)
        {
            // How it was at first is no news; and while it is lost it is said to be lost again and again.
            var isNews = _stream is not null && _stream != state;
            if (_stream is not null || state != CoherenceState.Lost)
                _stream = state;
            if (!isNews)
                return;
        }

        Change(New(CacheEventKind.Stream) with { State = HotShelfCache.NameOf(state) });
    }

    /// <param name="names">As in <see cref="TagTable.NameOf"/> and <see cref="TagTable.FamilyName"/>.</param>
    public void TagsRemoved(IReadOnlyList<string> names)
    {
        foreach (var scope in names.GroupBy(ScopeOf))
        {
            Change(New(CacheEventKind.Invalidation) with
            {
                Source = options.IsFeed ? InvalidationSource.Feed : InvalidationSource.Tag,
                Scope = scope.Key,
                Family = scope.Key == InvalidationScope.Family ? Cut(scope.First()[2..]) : null,
                Names = scope.Key == InvalidationScope.Tag ? [.. scope.Take(MaximumNames).Select(name => Cut(name[2..]))] : [],
                Count = scope.Count(),
            });
        }
    }

    public void Removed(IReadOnlyList<string> keys)
    {
        if (!_removalBudget.TrySpend())
            return;
        var family = families.Of(keys[0]);
        Traffic(_removalBudget, New(CacheEventKind.Invalidation) with
        {
            Source = options.IsFeed ? InvalidationSource.Feed : InvalidationSource.Local,
            Scope = InvalidationScope.Key,
            Family = keys.All(key => families.Of(key) == family) ? family.Name : null,
            Names = Names(keys),
            Count = keys.Count,
        });
    }

    public void Filled(FamilyState family, IReadOnlyList<string> keys, TimeSpan took, FillOutcome outcome)
    {
        if (_fillBudget.TrySpend())
            Traffic(_fillBudget, New(CacheEventKind.Fill) with { Family = family.Name, Names = Names(keys), Count = keys.Count, Duration = took, Outcome = outcome });
    }

    /// <summary>The key becomes a string only when it is told.</summary>
    public void CopyDropped(ReadOnlySpan<char> key)
    {
        if (_copyBudget.TrySpend())
            Traffic(_copyBudget, New(CacheEventKind.Invalidation) with { Source = InvalidationSource.Fleet, Scope = InvalidationScope.Key, Family = families.Of(key).Name, Names = Names([key.ToString()]), Count = 1 });
    }

    /// <summary>All that waits, in its order, with the numbers of what was left out.</summary>
    public (IReadOnlyList<CacheEvent> Changes, IReadOnlyList<CacheEvent> Traffic) Take()
    {
        lock (_lock)
        {
            _hasEvents = false;
            var (changes, traffic) = (_changes, _traffic);
            (_changes, _traffic) = ([], []);
            TellOmitted(_changeBudget, changes);
            TellOmitted(_fillBudget, traffic);
            TellOmitted(_removalBudget, traffic);
            TellOmitted(_copyBudget, traffic);
            return (changes, traffic);
        }
    }

    private void TellOmitted(EventBudget budget, List<CacheEvent> events)
    {
        if (budget.TakeOmitted() is > 0 and var omitted)
            events.Add(New(CacheEventKind.Omitted) with { Count = omitted, State = budget.What });
    }

    private void Change(CacheEvent told)
    {
        if (_changeBudget.TrySpend())
        {
            lock (_lock)
                Keep(_changes, _changeBudget, told);
        }
    }

    private void Traffic(EventBudget budget, CacheEvent told)
    {
        lock (_lock)
            Keep(_traffic, budget, told);
    }

    private void Keep(List<CacheEvent> waiting, EventBudget budget, CacheEvent told)
    {
        if (waiting.Count < MaximumWaiting)
            waiting.Add(told);
        else
            budget.Omit();
        _hasEvents = true;
    }

    private CacheEvent New(CacheEventKind kind) => new()
    {
        At = DateTimeOffset.FromUnixTimeMilliseconds(clock.ServerNow),
        Kind = kind,
        NodeId = identity.Id,
        Application = identity.Application,
        Process = identity.Process,
    };

    // A key that slides is one user's session.
    private string[] Names(IReadOnlyList<string> keys) => [.. keys.Take(MaximumNames).Where(key => families.Of(key).Policy.Sliding is null).Select(Cut)];

    private static string Cut(string name) => name.Length <= MaximumNameLength ? name : name[..MaximumNameLength];

    private static InvalidationScope ScopeOf(string name) =>
        name == TagTable.EverythingName ? InvalidationScope.Everything
        : name.StartsWith("f:", StringComparison.Ordinal) ? InvalidationScope.Family
        : InvalidationScope.Tag;
}
