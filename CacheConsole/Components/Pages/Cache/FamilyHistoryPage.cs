using HotShelf.Caching.Fleet;
using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Data;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>What the pages of families share: counts by minute over a time that the reader chooses, and what lies in Redis.</summary>
public abstract class FamilyHistoryPage : LivePage
{
    /// <summary>How far back, as <see cref="HistorySpans.Name"/>.</summary>
    [SupplyParameterFromQuery(Name = "span")]
    protected string? Span { get; set; }

    [Inject]
    private protected FleetData Data { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    /// <summary>The family shown; null for all together.</summary>
    protected virtual string? Shown => null;

    protected HistorySpan Window { get; private set; }

    protected DateTimeOffset From { get; private set; }

    protected DateTimeOffset To { get; private set; }

    protected IReadOnlyList<FleetMinute>? Minutes { get; private set; }

    private protected IReadOnlyList<HistoryPoint> Points { get; private set; } = [];

    protected UsageSample? Usage { get; private set; }

    protected string? Problem { get; private set; }

    /// <summary>When the counts were read.</summary>
    protected DateTimeOffset? At { get; private set; }

    protected override async Task OnParametersSetAsync()
    {
        Window = HistorySpans.Parse(Span);
        Unfollow();
        Changed();
        await FollowAsync(Data.History(Window), Data.Usage);
        Changed();
    }

    protected override void Changed()
    {
        var history = Data.History(Window).Current;
        To = Time.GetUtcNow();
        From = To - Window.Length();
        (Minutes, Problem, At) = (history.Value, history.Problem, history.At);
        Points = HistoryPoint.Of(Minutes ?? [], Window.MinutesPerPoint(), To, Shown);
        Usage = Data.Usage.Current.Value;
    }
}
