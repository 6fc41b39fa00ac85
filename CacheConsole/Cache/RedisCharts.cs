using HotShelf.CacheConsole.Charts;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>The series of one Redis server.</summary>
internal static class RedisCharts
{
    public static IReadOnlyList<ChartSeries> Commands(IReadOnlyList<Reading<IReadOnlyList<RedisServerFigures>>> readings, string endPoint) =>
        [Of("Commands", 2, readings, endPoint, static server => server.CommandsPerSecond)];

    public static IReadOnlyList<ChartSeries> RoundTrip(IReadOnlyList<Reading<IReadOnlyList<RedisServerFigures>>> readings, string endPoint) =>
        [Of("Round trip", 5, readings, endPoint, static server => server.RoundTrip.TotalSeconds)];

    private static ChartSeries Of(string name, int colour, IReadOnlyList<Reading<IReadOnlyList<RedisServerFigures>>> readings, string endPoint, Func<RedisServerFigures, double?> value) => new(name, colour,
        [.. readings.Select(reading => new ChartPoint(reading.At, reading.Value.FirstOrDefault(server => server.EndPoint == endPoint) is { } server ? value(server) : null))]);
}
