using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>The ranking of keys by reads.</summary>
public sealed partial class HotKeys
{
    private Snapshot<IReadOnlyList<HotKey>> _keys = Snapshot<IReadOnlyList<HotKey>>.Nothing;
    private IReadOnlyList<HotKeyRow> _rows = [];
    private IReadOnlyList<string> _families = [];

    [SupplyParameterFromQuery(Name = "search")]
    private string? Search { get; set; }

    [SupplyParameterFromQuery(Name = "family")]
    private string? Family { get; set; }

    private protected override IEnumerable<ILive> Sources => [Data.HotKeys];

    protected override void Changed()
    {
        _keys = Data.HotKeys.Current;
        var all = HotKeyRow.Of(_keys.Value ?? []);
        _families = [.. all.Select(static row => row.Key.Family).Distinct().Order(StringComparer.Ordinal)];
        _rows = [.. all.Where(row => (string.IsNullOrEmpty(Family) || row.Key.Family == Family) && row.Key.Key.Contains(Search ?? "", StringComparison.OrdinalIgnoreCase))];
    }

    // In the address, so that the page can be shared as a link.
    private void Go(string? search, string? family) => Navigator.NavigateTo(
        Navigator.GetUriWithQueryParameters(new Dictionary<string, object?> { ["search"] = string.IsNullOrEmpty(search) ? null : search, ["family"] = string.IsNullOrEmpty(family) ? null : family }),
        replace: true);
}

/// <summary>A key with its place in the ranking, and its reads beside those of the first (0 to 1).</summary>
internal sealed record HotKeyRow(HotKey Key, int Rank, double Share)
{
    public static IReadOnlyList<HotKeyRow> Of(IReadOnlyList<HotKey> keys)
    {
        var most = keys.Select(static key => key.Reads).DefaultIfEmpty().Max();
        return [.. keys.OrderByDescending(static key => key.Reads).Select((key, i) => new HotKeyRow(key, i + 1, most > 0 ? key.Reads / most : 0))];
    }
}
