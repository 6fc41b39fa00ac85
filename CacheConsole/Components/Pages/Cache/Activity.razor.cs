using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>The live feed.</summary>
public sealed partial class Activity
{
    /// <summary>Lines drawn at a time; filters reach all that are kept.</summary>
    private const int Listed = 200;

    private static readonly (EventSort Sort, string Title)[] s_sorts =
        [(EventSort.All, "All"), (EventSort.Changes, "Changes"), (EventSort.Invalidations, "Invalidations"), (EventSort.Fills, "Fills"), (EventSort.Nodes, "Nodes"), (EventSort.Operators, "Operators")];

    private EventFilter _filter = new(EventSort.All, null, null);
    private IReadOnlyList<CacheEvent> _all = [];
    private IReadOnlyList<Cause> _shown = [];
    private IReadOnlyList<string> _families = [];
    private IReadOnlyList<CacheEvent>? _paused;
    private long _pausedAt;
    private DateTimeOffset? _lastAt;

    [SupplyParameterFromQuery(Name = "sort")]
    private string? Sort { get; set; }

    [SupplyParameterFromQuery(Name = "family")]
    private string? Family { get; set; }

    [SupplyParameterFromQuery(Name = "search")]
    private string? Search { get; set; }

    private protected override IEnumerable<ILive> Sources => [Feed];

    protected override void Changed()
    {
        _filter = new EventFilter(Enum.TryParse<EventSort>(Sort, ignoreCase: true, out var sort) ? sort : EventSort.All, Family, Search);
        _all = _paused ?? Feed.Snapshot();
        _lastAt = _all.Count > 0 ? _all[^1].At : null;
        _families = [.. _all.Select(static one => one.Family).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        _shown = [.. Cause.Of(_all.Where(_filter.Allows)).Take(Listed)];
    }

    // Reading while lines run by is hard: a pause keeps what is there, and the feed goes on behind it.
    private void TogglePause()
    {
        (_paused, _pausedAt) = _paused is null ? (Feed.Snapshot(), Feed.Seen) : (null, 0);
        Changed();
    }

    private string Link(string name, string? value) => Navigator.GetUriWithQueryParameter(name, string.IsNullOrEmpty(value) ? null : value);

    private static string Name(EventSort sort) => sort.ToString().ToLowerInvariant();
}
