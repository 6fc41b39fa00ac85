using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Viewing;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Actions;

/// <summary>What an action will cost, as far as it is known beforehand: entries, nodes, and reads that go to the database instead.</summary>
internal static class ActionCost
{
    public static string OfKey(KeyView? view) => view switch
    {
        null => "What it costs is not known: Redis does not answer.",
        { Entry: null, Copies: 0 } => "Nothing: neither Redis nor a node holds this key.",
        _ => $"{(view.Entry is null ? "No entry in Redis" : "1 entry in Redis")} and {Count(view.Copies, "copy", "copies")} in the memory of {Count(view.Holders.Count, "node", "nodes")}; then one fill.",
    };

    /// <summary>Which entries have a tag is known to each entry only.</summary>
    public static string OfTag(FleetData data) => $"How many entries have the tag is not counted beforehand. In all: {OfAll(data)}";

    /// <param name="data">What the console knows.</param>
    /// <param name="family">Only this family; null for all.</param>
    public static string Of(FleetData data, string? family) => family is null ? OfAll(data) : Text(data, data.Usage.Current.Value?.Families.Where(usage => usage.Family == family), family);

    /// <summary>What the latest finished warming among some events took.</summary>
    public static string OfWarming(IEnumerable<CacheEvent> events) =>
        events.FirstOrDefault(static one => one is { Kind: CacheEventKind.Warming, State: CacheWarming.Done, Count: > 0, Duration: not null }) is { } last
            ? $"At most one read of the database for each key. The latest warming filled {Humanize.Number(last.Count, NumberUnit.Count)} in {Humanize.Number(last.Duration!.Value.TotalSeconds, NumberUnit.Seconds)}."
            : "At most one read of the database for each key; how long they take is not known, as nothing was warmed lately.";

    private static string OfAll(FleetData data) => Text(data, data.Usage.Current.Value?.Families, null);

    private static string Text(FleetData data, IEnumerable<FamilyUsage>? families, string? family)
    {
        var usage = families?.ToArray();
        var nodes = data.Nodes.Current.Value?.Count ?? 0;
        var entries = usage is null
            ? "An unknown number of entries in Redis"
            : $"{(data.Usage.Current.Value!.IsComplete ? "" : "About ")}{Count(usage.Sum(static one => one.Entries), "entry", "entries")} in Redis ({Humanize.Number(usage.Sum(static one => one.Bytes), NumberUnit.Bytes)})";
        var latest = data.History(HistorySpan.Hour).Current is { Value: { } minutes, At: { } at } ? HistoryPoint.Latest(minutes, at, family) : null;
        var reads = latest?.PerSecond(latest.Counts.Answered);
        return $"{entries} and their copies on {Count(nodes, "node", "nodes")}."
            + (reads > 0 ? $" The cache answered {Humanize.Number(reads.Value, NumberUnit.PerSecond)} of these reads in the last 2 minutes: until they are filled again they go to the database, once for each key." : "");
    }

    private static string Count(long count, string one, string many) => count == 1 ? $"1 {one}" : $"{Humanize.Number(count, NumberUnit.Count)} {many}";
}
