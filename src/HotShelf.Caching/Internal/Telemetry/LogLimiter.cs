using System.Runtime.InteropServices;
using HotShelf.Caching.Internal.Families;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>Limits warnings that each read of the same entry would repeat to one per family and minute. The counters count each.</summary>
internal sealed class LogLimiter(CacheClock clock)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(int EventId, string Family), long> _notBefore = [];

    public bool MayLog(int eventId, FamilyState family)
    {
        var now = clock.Now;
        lock (_lock)
        {
            ref var notBefore = ref CollectionsMarshal.GetValueRefOrAddDefault(_notBefore, (eventId, family.Name), out _);
            if (now < notBefore)
                return false;
            notBefore = CacheClock.Add(now, s_pause);
            return true;
        }
    }
}
