using HotShelf.CacheConsole.Components.Shared;

namespace HotShelf.CacheConsole.Components.Layout;

/// <summary>One page in the menu.</summary>
/// <param name="Path">Where it is, from the root.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Icon">Its picture.</param>
public sealed record NavigationEntry(string Path, string Title, IconName Icon)
{
    /// <summary>All pages, in the order of the menu.</summary>
    public static IReadOnlyList<NavigationEntry> All { get; } =
    [
        new("", "Overview", IconName.Overview),
        new("cache/families", "Families", IconName.Families),
        new("cache/nodes", "Nodes", IconName.Nodes),
        new("cache/hot-keys", "Hot keys", IconName.Hot),
        new("cache/keys", "Key inspector", IconName.Key),
        new("cache/activity", "Activity", IconName.Activity),
        new("cache/feed", "Feed and audit", IconName.Feed),
        new("cache/redis", "Redis", IconName.Database),
        new("cache/actions", "Actions", IconName.Actions),
    ];
}
