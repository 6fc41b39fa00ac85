using System.Globalization;
using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Fleet;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis.Fleet;

/// <summary>
/// Who holds a copy: a question to all nodes, and the answer of each, over pub/sub. Parts are parted by a control character, which no key of the
/// cache holds.
/// </summary>
internal static class HolderMessages
{
    private const char Between = '\u0001';

    public static RedisValue Question(string asker, long number, string key) => string.Create(CultureInfo.InvariantCulture, $"{asker}{Between}{number}{Between}{key}");

    public static bool TryReadQuestion(RedisValue message, out string asker, out string number, out string key)
    {
        var parts = ((string?)message ?? "").Split(Between, 3);
        (asker, number, key) = parts.Length == 3 ? (parts[0], parts[1], parts[2]) : ("", "", "");
        return parts.Length == 3;
    }

    public static RedisValue Answer(string number, string node, LocalCopy copy) =>
        string.Create(CultureInfo.InvariantCulture, $"{number}{Between}{node}{Between}{(int)copy.State}{Between}{copy.LocalUntil}{Between}{copy.Reads}");

    public static bool TryReadAnswer(RedisValue message, out long number, out string node, out LocalCopy copy)
    {
        var parts = ((string?)message ?? "").Split(Between);
        (number, node, copy) = (0, "", default);
        if (parts.Length < 5 || !TryRead(parts[0], out number) || !TryRead(parts[2], out var state) || !TryRead(parts[3], out var until) || !TryRead(parts[4], out var reads))
            return false;
        (node, copy) = (parts[1], new LocalCopy((CopyState)state, until, reads));
        return Enum.IsDefined(copy.State);
    }

    private static bool TryRead(string text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
