using HotShelf.CacheConsole.Cache;

namespace HotShelf.CacheConsole.Actions;

/// <summary>What an action does, in the words of its question.</summary>
internal static class ActionEffectText
{
    /// <summary>Of invalidating everything. Sessions may have a Redis of their own, which it does not reach.</summary>
    public const string OfEverything = $"{KeptSessions}: their users must sign in again.";

    public const string OfVersion = $"What is stored now is never read again, on any node. {KeptSessions}. Workers warm the cache anew.";

    public const string OfTag = $"Every node stops using them; the next reads fill them again from the database. {OnlyCached}";

    // Which entries slide is known of a single one only.
    public const string OfFamily = $"Every node stops using what is stored of this family; the next reads fill it again from the database. {OnlyCached}";

    private const string KeptSessions = "Sessions kept in this Redis end";

    // No database has a session: nothing fills it again.
    private const string OnlyCached = "What is only in the cache, such as sessions, is gone: users sign in again.";

    /// <param name="view">What is known of the key; null when it is not.</param>
    public static string OfKey(KeyView? view) => $"Redis and every node drop it; the next read fills it again from the database.{(view?.Entry?.IsSliding == true ? $" {OnlyCached}" : "")}";
}
