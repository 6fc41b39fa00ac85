using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>
/// The events of this node that are not sent yet. Limited per kind and second, and in total, because Redis may not be reachable. Dropped events are
/// counted, and their number is sent. Events that affect all nodes are kept apart from traffic events, which could displace them.
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

    /// <summary>True when events are waiting to be sent.</summary>
    public bool HasEvents => _hasEvents;

    public void Joined() => Change(New(CacheEventKind.NodeJoined) with { State = identity.AssemblyVersion, CacheVersion = options.Version });

    public void Left() => Change(New(CacheEventKind.NodeLeft));

    public void VersionBumped() => Change(New(CacheEventKind.VersionBumped) with { CacheVersion = options.Version });

    public void CircuitChanged(bool isOpen) => Change(New(CacheEventKind.Circuit) with { State = isOpen ? "open" : "closed" });

    public void StreamChanged(CoherenceState state)
    {
        lock (_lock)
        {
            // The initial state is not an event, and repeated losses are reported once.
            var isNews = _stream is not null && _stream != state;
            if (_stream is not null || state != CoherenceState.Lost)
                _stream = state;
            if (!isNews)
                return;
        }

        Change(New(CacheEventKind.Stream) with { State = HotShelfCache.NameOf(state) });
    }

    /// <param name="names">Names as returned by <see cref="TagTable.NameOf"/> and <see cref="TagTable.FamilyName"/>.</param>
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

    /// <summary>The key is converted to a string only when the event is recorded.</summary>
    public void CopyDropped(ReadOnlySpan<char> key)
    {
        if (_copyBudget.TrySpend())
            Traffic(_copyBudget, New(CacheEventKind.Invalidation) with { Source = InvalidationSource.Fleet, Scope = InvalidationScope.Key, Family = families.Of(key).Name, Names = Names([key.ToString()]), Count = 1 });
    }

    /// <summary>Takes all events in order, with the numbers of dropped events.</summary>
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

    // Sliding keys are sessions of single users.
    private string[] Names(IReadOnlyList<string> keys) => [.. keys.Take(MaximumNames).Where(key => families.Of(key).Policy.Sliding is null).Select(Cut)];

    private static string Cut(string name) => name.Length <= MaximumNameLength ? name : name[..MaximumNameLength];

    private static InvalidationScope ScopeOf(string name) =>
        name == TagTable.EverythingName ? InvalidationScope.Everything
        : name.StartsWith("f:", StringComparison.Ordinal) ? InvalidationScope.Family
        : InvalidationScope.Tag;
}
