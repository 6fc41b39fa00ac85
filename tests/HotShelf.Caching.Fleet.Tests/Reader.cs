using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Fleet.Tests;

/// <summary>A console's view of the fleet: it runs no cache.</summary>
internal sealed class Reader : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public Reader(string redis, Action<HotShelfCachingOptions>? configure = null)
    {
        _services = new ServiceCollection().AddHotShelfFleetReader(options =>
        {
            options.Redis = redis;
            configure?.Invoke(options);
        }).BuildServiceProvider();
        Fleet = _services.GetRequiredService<ICacheFleet>();
    }

    public ICacheFleet Fleet { get; }

    /// <summary>All counts of the last hour of one family together.</summary>
    public async Task<FamilyMinute> TotalAsync(string family)
    {
        var minutes = (await Fleet.GetHistoryAsync(TimeSpan.FromHours(1))).SelectMany(minute => minute.Families).Where(item => item.Family == family).ToArray();
        return new FamilyMinute
        {
            Family = family,
            LocalHits = minutes.Sum(minute => minute.LocalHits),
            RemoteHits = minutes.Sum(minute => minute.RemoteHits),
            LocalStale = minutes.Sum(minute => minute.LocalStale),
            RemoteStale = minutes.Sum(minute => minute.RemoteStale),
            Misses = minutes.Sum(minute => minute.Misses),
            Errors = minutes.Sum(minute => minute.Errors),
            Joined = minutes.Sum(minute => minute.Joined),
            FeedReads = minutes.Sum(minute => minute.FeedReads),
            Fills = minutes.Sum(minute => minute.Fills),
            FillErrors = minutes.Sum(minute => minute.FillErrors),
            FillDurations = DurationHistogram.Sum(minutes.Select(minute => minute.FillDurations)),
        };
    }

    /// <summary>Watches until an event comes that fits.</summary>
    public async Task<CacheEvent> UntilAsync(Func<CacheEvent, bool> fits, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await foreach (var happened in Fleet.WatchAsync(limit.Token))
            {
                if (fits(happened))
                    return happened;
            }
        }
        catch (OperationCanceledException)
        {
            // Said below.
        }

        Assert.Fail($"Not told within 60 s: {what}");
        return null!;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
