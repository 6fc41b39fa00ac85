using HotShelf.CacheConsole.Actions;
using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Viewing;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>The outcome of an action and the events that came after it: first the invalidations, then the fills that follow.</summary>
public sealed partial class ActionEffect
{
    private const int Listed = 8;

    private IReadOnlyList<Cause> _events = [];
    private long _fills;
    private long _invalidations;

    [Parameter, EditorRequired]
    public ActionResult? Result { get; set; }

    /// <summary>What else shows the effect.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    private string Sentence => Result is { Target: { } target } ? $"{Humanize.Capital(Result.Action)} {target}" : Humanize.Capital(Result?.Action ?? "");

    private string Summary => $"{Humanize.Number(_invalidations, NumberUnit.Count)} invalidations and {Humanize.Number(_fills, NumberUnit.Count)} fills reported since";

    private protected override IEnumerable<ILive> Sources => [Feed];

    protected override void Changed()
    {
        if (Result is null)
            return;
        var since = Feed.Since(Result.FeedMark);
        _fills = since.Where(static one => one.Kind == CacheEventKind.Fill).Sum(static one => Math.Max(1, one.Count));
        _invalidations = since.Where(static one => one.Kind == CacheEventKind.Invalidation).Sum(static one => Math.Max(1, one.Count));
        // What the action did first: in a busy family what follows would push it out.
        _events = [.. Cause.Of(since.Where(IsRelated)).OrderByDescending(static cause => cause.IsChange).Take(Listed)];
    }

    // Traffic goes on beside it: of that, only what concerns the same thing.
    private bool IsRelated(CacheEvent one) => one.Kind switch
    {
        CacheEventKind.Fill or CacheEventKind.Invalidation => Result!.Target is { } target ? one.Family == target || one.Names.Contains(target) : one.Scope == InvalidationScope.Everything,
        CacheEventKind.Omitted => false,
        _ => true,
    };
}
