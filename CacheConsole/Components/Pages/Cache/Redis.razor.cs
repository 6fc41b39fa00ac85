using HotShelf.CacheConsole.Charts;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>The servers behind the cache.</summary>
public sealed partial class Redis
{
    private static readonly TimeSpan s_shown = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(1);

    private Snapshot<IReadOnlyList<RedisServerFigures>> _servers = Snapshot<IReadOnlyList<RedisServerFigures>>.Nothing;
    private IReadOnlyList<Reading<IReadOnlyList<RedisServerFigures>>> _readings = [];
    private DateTimeOffset _from;
    private DateTimeOffset _to;

    private protected override IEnumerable<ILive> Sources => [Data.Servers];

    protected override void Changed()
    {
        _servers = Data.Servers.Current;
        _to = Time.GetUtcNow();
        var earliest = _to - s_shown;
        _readings = Data.ServerTrace.Since(earliest);
        // From the first reading, but one minute at least.
        _from = _readings.Count > 0 && _readings[0].At < _to - s_shortest ? _readings[0].At : _to - s_shortest;
    }

    private ChartSeries[] Series(string name, int colour, string endPoint, Func<RedisServerFigures, double?> value) =>
        [new(name, colour, TracePoints.Of(_readings, _to, servers => servers.FirstOrDefault(server => server.EndPoint == endPoint) is { } server ? value(server) : null))];
}
