using System.Globalization;
using StackExchange.Redis;

namespace HotShelf.Caching.Fleet;

/// <summary>
/// Finds the nodes that hold a copy of a key: a question to all nodes, and the answer of each, over pub/sub. Fields are separated by a control
/// character, which no key of the cache contains.
/// </summary>
internal static class HolderMessages
{
    private const char Separator = '\u0001';

    public static RedisValue Question(string asker, long number, string key) => string.Create(CultureInfo.InvariantCulture, $"{asker}{Separator}{number}{Separator}{key}");

    public static bool TryReadQuestion(RedisValue message, out string asker, out string number, out string key)
    {
        var parts = ((string?)message ?? "").Split(Separator, 3);
        (asker, number, key) = parts.Length == 3 ? (parts[0], parts[1], parts[2]) : ("", "", "");
        return parts.Length == 3;
    }

    public static RedisValue Answer(string number, string node, CopyAnswer copy) =>
        string.Create(CultureInfo.InvariantCulture, $"{number}{Separator}{node}{Separator}{(int)copy.State}{Separator}{copy.LocalUntil}{Separator}{copy.Reads}");

    public static bool TryReadAnswer(RedisValue message, out long number, out string node, out CopyAnswer copy)
    {
        var parts = ((string?)message ?? "").Split(Separator);
        (number, node, copy) = (0, "", default);
        if (parts.Length < 5 || !TryRead(parts[0], out number) || !TryRead(parts[2], out var state) || !TryRead(parts[3], out var until) || !TryRead(parts[4], out var reads))
            return false;
        (node, copy) = (parts[1], new CopyAnswer((CopyState)state, until, reads));
        return Enum.IsDefined(copy.State);
    }

    private static bool TryRead(string text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}

/// <summary>A node's answer.</summary>
/// <param name="State">Whether L1 serves the copy.</param>
/// <param name="LocalUntil">The end of its L1 lifetime in Unix milliseconds; 0 for none.</param>
/// <param name="Reads">The number of reads.</param>
internal readonly record struct CopyAnswer(CopyState State, long LocalUntil, long Reads)
{
    public static CopyAnswer Of(LocalCopy? copy) => copy is { } found
        ? new(found.IsFresh ? CopyState.Fresh : CopyState.Outdated, found.LocalUntil?.ToUnixTimeMilliseconds() ?? 0, found.Reads)
        : new(CopyState.None, 0, 0);
}
