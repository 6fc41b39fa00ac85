using System.Globalization;
using System.Text;

namespace HotShelf.Caching.Fleet;

/// <summary>The stored format of counts: <c>slot:count,slot:count,…</c>, in any order, without zero counts.</summary>
internal static class FleetCountsText
{
    public static string Field(FleetCounts counts) => string.Create(CultureInfo.InvariantCulture, $"{counts.Minute % 60}:{counts.Family}");

    public static string Write(FleetCounts counts)
    {
        var text = new StringBuilder();
        foreach (var (slot, count) in counts.Values)
            text.Append(text.Length == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{slot}:{count}");
        return text.ToString();
    }

    /// <summary>Null when the field or its counts are invalid; invalid parts are skipped.</summary>
    public static FleetCounts? Read(long hour, string field, string text)
    {
        var end = field.IndexOf(':');
        if (end <= 0 || !int.TryParse(field.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var minute) || minute >= 60)
            return null;
        var values = new Dictionary<int, long>();
        foreach (var part in text.AsSpan().Split(','))
        {
            var pair = text.AsSpan(part);
            var colon = pair.IndexOf(':');
            if (colon > 0 && int.TryParse(pair[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
                && long.TryParse(pair[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                values[slot] = count;
            }
        }

        return new FleetCounts(hour * 60 + minute, field[(end + 1)..], values);
    }
}
