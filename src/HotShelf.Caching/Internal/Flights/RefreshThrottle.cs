using System.Collections.Concurrent;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>A failed refresh is not repeated before its family's throttle ends.</summary>
internal sealed class RefreshThrottle(CacheClock clock, ILogger logger)
{
    /// <summary>When more keys than this are throttled, all are cleared: each may then be refreshed once more.</summary>
    private const int MaximumThrottled = 10_000;

    private readonly ConcurrentDictionary<string, long> _notBefore = new(StringComparer.Ordinal);

    public bool IsThrottled(string key) => _notBefore.TryGetValue(key, out var notBefore) && clock.Now < notBefore;

    public void Failed(string key, FamilyState family, Exception exception)
    {
        if (_notBefore.Count >= MaximumThrottled)
            _notBefore.Clear();
        _notBefore[key] = CacheClock.Add(clock.Now, family.Policy.FailSafeThrottle);
        if (family.IsFailing)
            return;
        family.IsFailing = true;
        Log.ServedStale(logger, family.Name, exception);
    }

    public void Succeeded(string key, FamilyState family)
    {
        family.IsFailing = false;
        _notBefore.TryRemove(key, out _);
    }
}
