using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages;

/// <summary>What the overview and the pages of families share: counts by minute over a time that the reader chooses.</summary>
public abstract class HistoryPage : LivePage
{
    /// <summary>How far back, as <see cref="HistorySpan.Name"/>.</summary>
    [SupplyParameterFromQuery(Name = "span")]
    protected string? Span { get; set; }

    /// <summary>The family shown; null for all together.</summary>
    protected virtual string? Shown => null;

    protected HistorySpan Window => HistorySpan.Parse(Span);

    protected DateTimeOffset From { get; private set; }

    protected DateTimeOffset To { get; private set; }

    /// <summary>Until when the counts go: <see cref="To"/>, but during an outage the time of the last reading.</summary>
    protected DateTimeOffset ReadAt { get; private set; }

    protected IReadOnlyList<FleetMinute>? Minutes { get; private set; }

    private protected IReadOnlyList<HistoryPoint> Points { get; private set; } = [];

    /// <summary>What the page follows besides.</summary>
    private protected abstract IEnumerable<ILive> Others { get; }

    private protected sealed override IEnumerable<ILive> Sources => [Data.History(Window), .. Others];

    /// <summary>The chosen time as words.</summary>
    protected string WindowTitle => Window == HistorySpan.Hour ? "last hour" : $"last {Window.Title}";

    protected string? Problem { get; private set; }

    /// <summary>When the counts were read.</summary>
    protected DateTimeOffset? At { get; private set; }

    protected override void Changed()
    {
        var history = Data.History(Window).Current;
        To = Time.GetUtcNow();
        (Minutes, Problem, At) = (history.Value, history.Problem, history.At);
        // The minute that went on when they were read has counted until then, not until now.
        ReadAt = At ?? To;
        Points = HistoryPoint.Of(Minutes ?? [], Window.MinutesPerPoint, ReadAt, Shown);
        From = HistoryPoint.Begin(Points, Window.Length, To);
    }
}
