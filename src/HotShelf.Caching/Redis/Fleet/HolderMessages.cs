using System.Globalization;
using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Fleet;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis.Fleet;

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

    public static RedisValue Answer(string number, string node, LocalCopy copy) =>
        string.Create(CultureInfo.InvariantCulture, $"{number}{Separator}{node}{Separator}{(int)copy.State}{Separator}{copy.LocalUntil}{Separator}{copy.Reads}");

    public static bool TryReadAnswer(RedisValue message, out long number, out string node, out LocalCopy copy)
    {
        var parts = ((string?)message ?? "").Split(Separator);
        (number, node, copy) = (0, "", default);
        if (parts.Length < 5 || !TryRead(parts[0], out number) || !TryRead(parts[2], out var state) || !TryRead(parts[3], out var until) || !TryRead(parts[4], out var reads))
            return false;
        (node, copy) = (parts[1], new LocalCopy((CopyState)state, until, reads));
        return Enum.IsDefined(copy.State);
    }

    private static bool TryRead(string text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
