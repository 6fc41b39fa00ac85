using HotShelf.Caching.Fleet;
using HotShelf.Dashboard.Cache;
using HotShelf.Dashboard.Data;
using Microsoft.AspNetCore.Components;

namespace HotShelf.Dashboard.Components.Pages.Cache;

/// <summary>All families beside each other.</summary>
public sealed partial class Families
{
    private HistorySpan _span;
    private IReadOnlyList<FleetMinute>? _minutes;
    private IReadOnlyList<HistoryPoint> _points = [];
    private IReadOnlyList<FamilyRow> _rows = [];
    private UsageSample? _usage;
    private string? _problem;
    private DateTimeOffset? _at;
    private DateTimeOffset _from;
    private DateTimeOffset _to;

    /// <summary>How far back, as <see cref="HistorySpans.Name"/>.</summary>
    [SupplyParameterFromQuery(Name = "span")]
    private string? Span { get; set; }

    [Inject]
    private FleetData Data { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    protected override async Task OnParametersSetAsync()
    {
        _span = HistorySpans.Parse(Span);
        Unfollow();
        Changed();
        await FollowAsync(Data.History(_span), Data.Usage);
        Changed();
    }

    protected override void Changed()
    {
        var history = Data.History(_span).Current;
        _to = Time.GetUtcNow();
        _from = _to - _span.Length();
        _minutes = history.Value;
        _usage = Data.Usage.Current.Value;
        _problem = history.Problem;
        _at = history.At;
        _points = HistoryPoint.Of(_minutes ?? [], _span.MinutesPerPoint(), _to);
        _rows = FamilyRow.Of(_minutes ?? [], _span.MinutesPerPoint(), _to, _usage);
    }

    private static double? Share(FamilyRow row, long? count) => row.Whole is { } whole && count is { } some ? whole.Counts.ShareOfReads(some) : null;

    private static double? FillTime(FamilyRow row) => row.Whole?.Counts.FillDurations.Percentile(0.99)?.TotalSeconds;

    private string LinkTo(string family) => $"cache/families/{Uri.EscapeDataString(family)}{(Span is null ? "" : $"?span={_span.Name()}")}";
}
