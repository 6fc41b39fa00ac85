using HotShelf.CacheConsole.Components.Shared;

namespace HotShelf.CacheConsole.Components.Layout;

/// <summary>One page in the navigation.</summary>
/// <param name="Path">Where it is, from the root.</param>
/// <param name="Title">What it is called, in the navigation and in its own header.</param>
/// <param name="Icon">Its picture.</param>
/// <param name="Exact">Only this path is it; without, paths below it are too.</param>
public sealed record NavigationEntry(string Path, string Title, IconName Icon, bool Exact = false);

/// <summary>Pages that belong together, under a heading.</summary>
public sealed record NavigationGroup(string? Title, IReadOnlyList<NavigationEntry> Entries);

/// <summary>All pages, in the order of the menu.</summary>
public static class Navigation
{
    public static IReadOnlyList<NavigationGroup> Groups { get; } =
    [
        new(null, [new("", "Overview", IconName.Overview, Exact: true)]),
        new("Cache",
        [
            new("cache/families", "Families", IconName.Families),
            new("cache/nodes", "Nodes", IconName.Nodes),
            new("cache/hot-keys", "Hot keys", IconName.Hot),
            new("cache/keys", "Key inspector", IconName.Key),
            new("cache/activity", "Activity", IconName.Activity),
            new("cache/feed", "Feed and audit", IconName.Feed),
            new("cache/redis", "Redis", IconName.Database),
            new("cache/actions", "Actions", IconName.Actions),
        ]),
    ];
}
