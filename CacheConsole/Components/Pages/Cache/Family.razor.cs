using HotShelf.CacheConsole.Actions;
using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>One family in depth.</summary>
public sealed partial class Family
{
    private HistoryPoint? _whole;
    private UsageSample? _usage;
    private FamilyUsage? _family;
    private IReadOnlyList<Bar> _bands = [];
    private ConfirmDialog? _confirm;
    private ActionResult? _result;
    private string? _shown;

    /// <summary>The family.</summary>
    [Parameter]
    public string Name { get; set; } = "";

    protected override string Shown => Name;

    private protected override IEnumerable<ILive> Others => [Data.Usage, Data.Nodes, Data.History(HistorySpan.Hour)];

    protected override async Task OnParametersSetAsync()
    {
        var isOther = Name != _shown;
        if (isOther)
            (_shown, _result) = (Name, null);
        await base.OnParametersSetAsync();
        if (isOther && _confirm is not null)
            await _confirm.CloseAsync();
    }

    protected override void Changed()
    {
        base.Changed();
        _whole = HistoryPoint.Whole(Minutes ?? [], ReadAt, Name);
        _usage = Data.Usage.Current.Value;
        _family = _usage?.Families.FirstOrDefault(family => family.Family == Name);
        _bands = Bar.OfLifetimes(_family?.Lifetimes ?? []);
    }

    private async Task InvalidateAsync()
    {
        // Another family may be shown before the question, or the action, is answered.
        var name = Name;
        if (!await _confirm!.AskAsync($"Invalidate all of {name}?", ActionEffectText.OfFamily, "Invalidate", isDangerous: true, ActionCost.Of(Data, name)))
            return;
        var result = await Actions.InvalidateFamilyAsync(name);
        if (name == Name)
            _result = result;
        Data.Usage.Refresh();
    }
}
