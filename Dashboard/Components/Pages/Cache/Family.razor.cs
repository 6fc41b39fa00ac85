using HotShelf.Caching.Fleet;
using HotShelf.Dashboard.Actions;
using HotShelf.Dashboard.Cache;
using HotShelf.Dashboard.Components.Shared;
using HotShelf.Dashboard.Data;
using Microsoft.AspNetCore.Components;

namespace HotShelf.Dashboard.Components.Pages.Cache;

/// <summary>One family in depth.</summary>
public sealed partial class Family
{
    private HistorySpan _span;
    private IReadOnlyList<FleetMinute>? _minutes;
    private IReadOnlyList<HistoryPoint> _points = [];
    private HistoryPoint? _whole;
    private UsageSample? _usage;
    private FamilyUsage? _family;
    private IReadOnlyList<Bar> _bands = [];
    private string? _problem;
    private DateTimeOffset? _at;
    private DateTimeOffset _from;
    private DateTimeOffset _to;
    private ConfirmDialog _confirm = null!;
    private ActionResult? _result;

    /// <summary>The family.</summary>
    [Parameter]
    public string Name { get; set; } = "";

    [SupplyParameterFromQuery(Name = "span")]
    private string? Span { get; set; }

    [Inject]
    private FleetData Data { get; set; } = null!;

    [Inject]
    private OperatorActions Actions { get; set; } = null!;

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
        _problem = history.Problem;
        _at = history.At;
        _points = HistoryPoint.Of(_minutes ?? [], _span.MinutesPerPoint(), _to, Name);
        _whole = HistoryPoint.Whole(_minutes ?? [], _to, Name);
        _usage = Data.Usage.Current.Value;
        _family = _usage?.Families.FirstOrDefault(family => family.Family == Name);
        _bands = Bar.OfLifetimes(_family?.Lifetimes ?? []);
    }

    private async Task InvalidateAsync()
    {
        if (!await _confirm.AskAsync($"Invalidate all of {Name}?", "Every node stops using what is stored of this family; the next reads fill it again from the database.", "Invalidate", isDangerous: true))
            return;
        _result = await Actions.InvalidateFamilyAsync(Name);
        Data.Usage.Refresh();
    }
}
