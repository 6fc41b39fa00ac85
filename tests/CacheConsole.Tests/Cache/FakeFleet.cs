using System.Runtime.CompilerServices;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using Microsoft.Extensions.Configuration;

namespace HotShelf.CacheConsole.Tests.Cache;

/// <summary>A fleet without Redis that notes what it was told.</summary>
internal sealed class FakeFleet : ICacheFleet
{
    public IReadOnlyList<CacheNode> Nodes { get; set; } = [];

    public UsageSample Usage { get; init; } = new(Minutes.Start, 0, 0, true, []);

    public List<OperatorAction> Recorded { get; } = [];

    public Func<ValueTask> OnRecord { get; set; } = () => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<CacheNode>> GetNodesAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Nodes);

    public IReadOnlyList<FleetMinute> History { get; set; } = [];

    public ValueTask<IReadOnlyList<FleetMinute>> GetHistoryAsync(TimeSpan span, CancellationToken cancellationToken = default) => ValueTask.FromResult(History);

    public IReadOnlyList<RedisServerFigures> Servers { get; init; } = [];

    public static FleetData Data(ICacheFleet fleet)
    {
        var client = new NodeClient(new ConfigurationBuilder().Build(), TimeProvider.System);
        return new FleetData(fleet, new FleetReader(fleet, client, TimeProvider.System), client, TimeProvider.System);
    }

    public async IAsyncEnumerable<CacheEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        yield break;
    }

    public ValueTask<IReadOnlyList<CacheEvent>> GetChangesAsync(int count, CancellationToken cancellationToken = default) => ValueTask.FromResult<IReadOnlyList<CacheEvent>>([]);

    public ValueTask<IReadOnlyList<CacheKeyHolder>> FindHoldersAsync(string key, CancellationToken cancellationToken = default) => ValueTask.FromResult<IReadOnlyList<CacheKeyHolder>>([]);

    public ValueTask<StoredEntry?> DescribeAsync(string key, bool withValue, CancellationToken cancellationToken = default) => ValueTask.FromResult<StoredEntry?>(null);

    public ValueTask<UsageSample> SampleAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Usage);

    public ValueTask<IReadOnlyList<HotKey>> GetHotKeysAsync(int count, CancellationToken cancellationToken = default) => ValueTask.FromResult<IReadOnlyList<HotKey>>([]);

    public ValueTask<IReadOnlyList<RedisServerFigures>> GetServersAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Servers);

    public ValueTask<CacheVersion> GetVersionAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(new CacheVersion("hs", "v1", null));

    public ValueTask<CacheVersion> BumpVersionAsync(string actor, CancellationToken cancellationToken = default) => GetVersionAsync(cancellationToken);

    public ValueTask RecordAsync(OperatorAction action, CancellationToken cancellationToken = default)
    {
        Recorded.Add(action);
        return OnRecord();
    }

    public ValueTask RecordAsync(CacheWarming warming, CancellationToken cancellationToken = default) => OnRecord();
}
