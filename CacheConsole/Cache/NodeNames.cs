using System.Collections.Concurrent;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>One name and one colour for each process, on every page; with an instance id the name is the one that Aspire's dashboard shows.</summary>
internal static class NodeNames
{
    /// <summary>Colours of the style sheet; with more processes they repeat.</summary>
    public const int Colours = 8;

    private const int Bound = 1_000;

    private static readonly ConcurrentDictionary<string, int> s_colours = new(StringComparer.Ordinal);

    public static string Of(CacheNode node) => Of(node.Application, node.Instance ?? $"{node.Machine}/{node.ProcessId}");

    /// <summary>The name of the node that an event is of; empty for a console's.</summary>
    public static string Of(CacheEvent one) => Of(one.Application ?? "", one.Process ?? "");

    /// <summary>1 to <see cref="Colours"/>, in the order in which processes are first shown.</summary>
    public static int ColourOf(string name) => s_colours.Count < Bound ? s_colours.GetOrAdd(name, static _ => s_colours.Count % Colours + 1) : 1;

    private static string Of(string application, string process) => process.Contains('/', StringComparison.Ordinal) ? $"{application} {process}".Trim() : process.Length == 0 ? application : $"{application}-{process}";
}
