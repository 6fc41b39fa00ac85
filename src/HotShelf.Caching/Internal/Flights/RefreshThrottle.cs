using System.Collections.Concurrent;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>A failed refresh is not repeated before its family's throttle ends, and one that another node runs not with each read.</summary>
internal sealed class RefreshThrottle(CacheClock clock, ILogger logger)
{
    /// <summary>When more keys than this are throttled, all are cleared: each may then be refreshed once more.</summary>
    private const int MaximumThrottled = 10_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, long> _notBefore = new(StringComparer.Ordinal);

    public bool IsThrottled(string key) => _notBefore.TryGetValue(key, out var notBefore) && clock.Now < notBefore;

    /// <summary>Another node refreshes the entry. Its result is reported when it is stored.</summary>
    public void Pause(string key) => Throttle(key, s_pause);

    public void Failed(string key, FamilyState family, Exception exception)
    {
        Throttle(key, family.Policy.FailSafeThrottle);
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

    private void Throttle(string key, TimeSpan pause)
    {
        if (_notBefore.Count >= MaximumThrottled)
            _notBefore.Clear();
        _notBefore[key] = CacheClock.Add(clock.Now, pause);
    }
}
