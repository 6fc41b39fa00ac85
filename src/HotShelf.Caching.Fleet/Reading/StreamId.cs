using System.Globalization;

namespace HotShelf.Caching.Fleet;

/// <summary>The id of an entry of a Redis stream: the server's milliseconds, and a sequence number within that millisecond.</summary>
internal readonly record struct StreamId(long Milliseconds, long Number) : IComparable<StreamId>
{
    public StreamId Next => this with { Number = Number + 1 };

    public static bool TryParse(string? text, out StreamId id)
    {
        var dash = text?.IndexOf('-') ?? -1;
        id = default;
        if (dash <= 0 || !long.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            || !long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        id = new StreamId(milliseconds, number);
        return true;
    }

    public int CompareTo(StreamId other) => (Milliseconds, Number).CompareTo((other.Milliseconds, other.Number));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Number}");
}
