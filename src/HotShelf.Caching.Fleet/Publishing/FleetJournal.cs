using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Fleet;

/// <summary>
/// The events of this node that are not sent yet. Limited per kind and second, and in total, because Redis may not be reachable. Dropped events are
/// counted, and their number is sent. Events that affect all nodes are kept apart from traffic events, which could displace them.
/// </summary>
internal sealed class FleetJournal(FleetIdentity identity, IOptions<HotShelfCachingOptions> caching, IOptions<FleetOptions> fleet, TimeProvider time) : ICacheObserver
{
    private const int ChangesPerSecond = 20;
    private const int MaximumWaiting = 250;
    private const int MaximumNames = 10;
    private const int MaximumNameLength = 256;

    private readonly Lock _lock = new();
    private readonly EventBudget _changeBudget = new("changes", ChangesPerSecond, time);
    private readonly EventBudget _fillBudget = new("fills", fleet.Value.EventsPerSecond, time);
    private readonly EventBudget _removalBudget = new("removed keys", fleet.Value.EventsPerSecond, time);
    private readonly EventBudget _copyBudget = new("dropped copies", fleet.Value.EventsPerSecond, time);
    private List<CacheEvent> _changes = [];
    private List<CacheEvent> _traffic = [];
    private bool? _isTracking;
    private volatile bool _hasEvents;

    /// <summary>True when events are waiting to be sent.</summary>
    public bool HasEvents => _hasEvents;

    public void Joined() => Change(New(CacheEventKind.NodeJoined) with { State = identity.AssemblyVersion, CacheVersion = caching.Value.Version });

    public void Left() => Change(New(CacheEventKind.NodeLeft));

    public void OnVersionBump() => Change(New(CacheEventKind.VersionBumped) with { CacheVersion = caching.Value.Version });

    public void OnCircuitChange(bool isOpen) => Change(New(CacheEventKind.Circuit) with { State = isOpen ? "open" : "closed" });

    public void OnTrackingChange(bool isConnected)
    {
        lock (_lock)
        {
            // The first connection is not an event, and repeated losses are reported once.
            var isNews = _isTracking is not null && _isTracking != isConnected;
            if (_isTracking is not null || isConnected)
                _isTracking = isConnected;
            if (!isNews)
                return;
        }

        Change(New(CacheEventKind.Stream) with { State = isConnected ? "tracking" : "lost" });
    }

    public void OnInvalidation(CacheInvalidation invalidation)
    {
        var (source, scope, names) = invalidation;
        var told = New(CacheEventKind.Invalidation) with { Source = source, Scope = scope, Count = Math.Max(1, names.Count) };
        switch (scope)
        {
            case InvalidationScope.Key:
                var family = CacheStorage.FamilyOf(names[0]);
                if (_removalBudget.TrySpend())
                    Traffic(_removalBudget, told with { Family = names.All(key => CacheStorage.FamilyOf(key) == family) ? family : null, Names = Names(names) });
                break;
            case InvalidationScope.Family:
                Change(told with { Family = Cut(names[0]) });
                break;
            default:
                Change(told with { Names = [.. names.Take(MaximumNames).Select(Cut)] });
                break;
        }
    }

    public void OnFill(CacheFill fill)
    {
        if (_fillBudget.TrySpend())
            Traffic(_fillBudget, New(CacheEventKind.Fill) with { Family = fill.Family, Names = Names(fill.Keys), Count = fill.Keys.Count, Duration = fill.Duration, Outcome = fill.Outcome, State = fill.Error });
    }

    /// <summary>The key is converted to a string only when the event is recorded.</summary>
    public void OnCopyDropped(string family, ReadOnlySpan<char> key)
    {
        if (_copyBudget.TrySpend())
            Traffic(_copyBudget, New(CacheEventKind.Invalidation) with { Source = InvalidationSource.Fleet, Scope = InvalidationScope.Key, Family = family, Names = Names([key.ToString()]), Count = 1 });
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
        At = time.GetUtcNow(),
        Kind = kind,
        NodeId = identity.Id,
        Application = identity.Application,
        Process = identity.Process,
    };

    private string[] Names(IReadOnlyList<string> keys) => [.. keys.Take(MaximumNames).Where(key => !caching.Value.IsPrivate(key)).Select(Cut)];

    private static string Cut(string name) => name.Length <= MaximumNameLength ? name : name[..MaximumNameLength];
}
