using System.Collections.Concurrent;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// Who of this process' callers refreshes a stale response. A claim lapses after <see cref="s_lapse"/>: an endpoint that fails stores nothing, and
/// then another caller tries.
/// </summary>
internal sealed class RefreshClaims(TimeProvider time)
{
    /// <summary>Claims kept at most; beyond it lapsed ones are dropped, and if none is, callers do without.</summary>
    private const int Most = 4096;

    private static readonly TimeSpan s_lapse = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, long> _claims = new(StringComparer.Ordinal);

    /// <summary>True for the one caller who is to refresh.</summary>
    public bool TryClaim(string key)
    {
        var now = time.GetTimestamp();
        if (_claims.Count >= Most)
            DropLapsed();
        // Two callers race for one key: TryAdd and TryUpdate let one of them win.
        if (!_claims.TryGetValue(key, out var since))
            return _claims.Count < Most && _claims.TryAdd(key, now);
        return time.GetElapsedTime(since, now) >= s_lapse && _claims.TryUpdate(key, now, since);
    }

    /// <summary>The response is fresh again.</summary>
    public void Release(string key) => _claims.TryRemove(key, out _);

    private void DropLapsed()
    {
        foreach (var claim in _claims)
        {
            if (time.GetElapsedTime(claim.Value) >= s_lapse)
                _claims.TryRemove(claim);
        }
    }
}
