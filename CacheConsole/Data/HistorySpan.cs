namespace HotShelf.CacheConsole.Data;

/// <summary>How far back a chart looks.</summary>
/// <param name="Name">As in an address.</param>
/// <param name="Title">As on a page.</param>
/// <param name="Length">From its beginning until now.</param>
/// <param name="MinutesPerPoint">Minutes that become one point, so that a line has 180 points at most.</param>
public sealed record HistorySpan(string Name, string Title, TimeSpan Length, int MinutesPerPoint = 1)
{
    /// <summary>What is shown when an address names none.</summary>
    public static HistorySpan Hour { get; } = new("1h", "1 h", TimeSpan.FromHours(1));

    public static IReadOnlyList<HistorySpan> All { get; } =
        [new("5m", "5 min", TimeSpan.FromMinutes(5)), new("15m", "15 min", TimeSpan.FromMinutes(15)), Hour, new("6h", "6 h", TimeSpan.FromHours(6), 2), new("24h", "24 h", TimeSpan.FromHours(24), 8)];

    /// <summary>The time that one point stands for: <c>last minute</c>, <c>last 8 min</c>.</summary>
    public string PointTitle => MinutesPerPoint == 1 ? "last minute" : $"last {MinutesPerPoint} min";

    public static HistorySpan Parse(string? name) => All.FirstOrDefault(span => span.Name == name, Hour);
}
