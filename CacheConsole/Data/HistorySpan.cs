namespace HotShelf.CacheConsole.Data;

/// <summary>How far back a chart looks.</summary>
public enum HistorySpan
{
    FiveMinutes,
    QuarterHour,
    Hour,
    SixHours,
    Day,
}

/// <summary>What belongs to each.</summary>
public static class HistorySpans
{
    public static TimeSpan Length(this HistorySpan span) => span switch
    {
        HistorySpan.FiveMinutes => TimeSpan.FromMinutes(5),
        HistorySpan.QuarterHour => TimeSpan.FromMinutes(15),
        HistorySpan.SixHours => TimeSpan.FromHours(6),
        HistorySpan.Day => TimeSpan.FromHours(24),
        _ => TimeSpan.FromHours(1),
    };

    /// <summary>Minutes that become one point, so that a line has 180 points at most.</summary>
    public static int MinutesPerPoint(this HistorySpan span) => span switch
    {
        HistorySpan.SixHours => 2,
        HistorySpan.Day => 8,
        _ => 1,
    };

    /// <summary>The time that one point stands for, as text: <c>last minute</c>, <c>last 8 min</c>.</summary>
    public static string PointTitle(this HistorySpan span) => span.MinutesPerPoint() == 1 ? "last minute" : $"last {span.MinutesPerPoint()} min";

    /// <summary>As in an address: <c>5m</c>, <c>15m</c>, <c>1h</c>, <c>6h</c>, <c>24h</c>.</summary>
    public static string Name(this HistorySpan span) => span switch
    {
        HistorySpan.FiveMinutes => "5m",
        HistorySpan.QuarterHour => "15m",
        HistorySpan.SixHours => "6h",
        HistorySpan.Day => "24h",
        _ => "1h",
    };

    public static string Title(this HistorySpan span) => span switch
    {
        HistorySpan.FiveMinutes => "5 min",
        HistorySpan.QuarterHour => "15 min",
        HistorySpan.SixHours => "6 h",
        HistorySpan.Day => "24 h",
        _ => "1 h",
    };

    /// <summary>What an address says; an hour when it says nothing that is known.</summary>
    public static HistorySpan Parse(string? name) => Enum.GetValues<HistorySpan>().Where(span => span.Name() == name).Cast<HistorySpan?>().FirstOrDefault() ?? HistorySpan.Hour;
}
