namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>How far back metrics are shown, in steps that begin at round times, so that a line does not wobble while it moves on.</summary>
internal sealed record MetricWindow(string Name, string Title, TimeSpan Length, TimeSpan Step)
{
    public static IReadOnlyList<MetricWindow> All { get; } =
    [
        new("5m", "5 min", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5)),
        new("15m", "15 min", TimeSpan.FromMinutes(15), TimeSpan.FromSeconds(15)),
        new("1h", "1 h", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)),
        new("6h", "6 h", TimeSpan.FromHours(6), TimeSpan.FromMinutes(6)),
    ];

    public static MetricWindow Of(string? name) => All.FirstOrDefault(window => window.Name == name) ?? All[0];

    public int Steps => (int)(Length / Step);

    public (DateTimeOffset From, DateTimeOffset To) At(DateTimeOffset now)
    {
        var to = new DateTimeOffset((now.UtcTicks / Step.Ticks * Step.Ticks) + Step.Ticks, TimeSpan.Zero);
        return (to - Length, to);
    }
}
