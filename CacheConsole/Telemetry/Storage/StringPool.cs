using System.Collections.Concurrent;

namespace HotShelf.CacheConsole.Telemetry.Storage;

/// <summary>
/// One object for strings that come again and again, such as names of attributes. At most <see cref="MaximumStrings"/> of at most
/// <see cref="MaximumLength"/> characters; when it is full it starts anew, which costs memory for a while and nothing else.
/// </summary>
internal sealed class StringPool
{
    public const int MaximumStrings = 8192;
    public const int MaximumLength = 128;

    private readonly ConcurrentDictionary<string, string> _strings = new(StringComparer.Ordinal);
    private int _count;

    public string Of(string text)
    {
        if (text.Length > MaximumLength)
            return text;
        if (_strings.TryGetValue(text, out var known))
            return known;
        if (Interlocked.Increment(ref _count) > MaximumStrings)
        {
            _strings.Clear();
            Interlocked.Exchange(ref _count, 0);
        }

        return _strings.GetOrAdd(text, text);
    }
}
