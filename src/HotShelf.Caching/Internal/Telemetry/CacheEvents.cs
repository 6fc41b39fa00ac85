using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>Reports to the observers of the cache. Without observers nothing is built for them.</summary>
internal sealed class CacheEvents(IEnumerable<ICacheObserver> observers, bool isFeed, ILogger logger)
{
    private readonly ICacheObserver[] _observers = [.. observers];

    public bool HasObservers => _observers.Length > 0;

    public void Filled(FamilyState family, string key, TimeSpan took, FillOutcome outcome, Exception? error = null)
    {
        if (HasObservers)
            Filled(family, [key], took, outcome, error);
    }

    public void Filled(FamilyState family, IReadOnlyList<string> keys, TimeSpan took, FillOutcome outcome, Exception? error = null) =>
        Report(new CacheFill(family.Name, keys, took, outcome) { Error = error?.GetType().Name }, static (observer, fill) => observer.OnFill(fill));

    public void Removed(string[] keys) => Invalidated(InvalidationSource.Local, InvalidationScope.Key, keys);

    /// <param name="names">Names as returned by <see cref="TagTable.NameOf"/> and <see cref="TagTable.FamilyName"/>.</param>
    public void TagsRemoved(string[] names)
    {
        if (!HasObservers)
            return;
        foreach (var scope in names.GroupBy(ScopeOf))
            Invalidated(InvalidationSource.Tag, scope.Key, scope.Key == InvalidationScope.Everything ? [] : [.. scope.Select(static name => name[2..])]);
    }

    public void VersionBumped() => Report(0, static (observer, _) => observer.OnVersionBump());

    public void CopyDropped(FamilyState family, ReadOnlySpan<char> key)
    {
        foreach (var observer in _observers)
        {
            try
            {
                observer.OnCopyDropped(family.Name, key);
            }
            catch (Exception exception)
            {
                Log.ObserverFailed(logger, exception);
            }
        }
    }

    public void CopyLeft(HotShelfCache cache, LocalEntry entry) => Report(new LocalCopy(cache, entry), static (observer, copy) => observer.OnCopyLeft(copy));

    public void CircuitChanged(bool isOpen) => Report(isOpen, static (observer, isOpen) => observer.OnCircuitChange(isOpen));

    public void TrackingChanged(CoherenceState state) => Report(state == CoherenceState.Tracking, static (observer, isConnected) => observer.OnTrackingChange(isConnected));

    private void Invalidated(InvalidationSource source, InvalidationScope scope, string[] names) =>
        Report(new CacheInvalidation(isFeed ? InvalidationSource.Feed : source, scope, names), static (observer, invalidation) => observer.OnInvalidation(invalidation));

    private static InvalidationScope ScopeOf(string name) =>
        name == TagTable.EverythingName ? InvalidationScope.Everything
        : name.StartsWith("f:", StringComparison.Ordinal) ? InvalidationScope.Family
        : InvalidationScope.Tag;

    private void Report<T>(T what, Action<ICacheObserver, T> report)
    {
        foreach (var observer in _observers)
        {
            try
            {
                report(observer, what);
            }
            catch (Exception exception)
            {
                Log.ObserverFailed(logger, exception);
            }
        }
    }
}
