using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Data;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>All families beside each other.</summary>
public sealed partial class Families
{
    private IReadOnlyList<FamilyRow> _rows = [];

    protected override void Changed()
    {
        base.Changed();
        _rows = FamilyRow.Of(Minutes ?? [], Window.MinutesPerPoint(), To, Usage);
    }

    private static double? Share(FamilyRow row, long? count) => row.Whole is { } whole && count is { } some ? whole.Counts.ShareOfReads(some) : null;

    private static double? FillTime(FamilyRow row) => row.Whole?.Counts.FillDurations.Percentile(0.99)?.TotalSeconds;

    private string LinkTo(string family) => $"cache/families/{Uri.EscapeDataString(family)}{(Span is null ? "" : $"?span={Window.Name()}")}";
}
