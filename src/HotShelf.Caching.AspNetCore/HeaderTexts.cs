using System.Globalization;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// Header values that differ only by a number of seconds. Each is formatted once and kept, so that a hit allocates no header text. Bounded to
/// <see cref="Kept"/> texts; values for longer times are formatted each time.
/// </summary>
internal sealed class HeaderTexts(Func<long, string> format)
{
    private const int Kept = 2 * 3600;

    private readonly string?[] _texts = new string?[Kept];

    /// <summary>Plain numbers.</summary>
    public static HeaderTexts Plain { get; } = new(static seconds => seconds.ToString(CultureInfo.InvariantCulture));

    /// <summary>The text for a number of seconds.</summary>
    public string this[long seconds] =>
        // Two callers may format the same text at once: both are equal, and one of them is kept.
        seconds is >= 0 and < Kept ? _texts[seconds] ??= format(seconds) : format(seconds);
}
