using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>All families beside each other.</summary>
public sealed partial class Families
{
    private IReadOnlyList<FamilyRow> _rows = [];
    private UsageSample? _usage;

    private protected override IEnumerable<ILive> Others => [Data.Usage];

    protected override void Changed()
    {
        base.Changed();
        _usage = Data.Usage.Current.Value;
        _rows = FamilyRow.Of(Minutes ?? [], Window.MinutesPerPoint, ReadAt, _usage);
    }

    private static double? Share(FamilyRow row, long? count) => row.Whole is { } whole && count is { } some ? whole.Share(some) : null;

    private static double? FillTime(FamilyRow row) => row.Whole?.Counts.FillDurations.Percentile(0.99)?.TotalSeconds;

    private string LinkTo(string family) => $"cache/families/{Uri.EscapeDataString(family)}{(Span is null ? "" : $"?span={Window.Name}")}";
}
