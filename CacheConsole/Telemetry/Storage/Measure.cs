using HotShelf.CacheConsole.Telemetry.Model;

namespace HotShelf.CacheConsole.Telemetry.Storage;

/// <summary>Something whose size in memory is estimated once, when it is made.</summary>
public interface IMeasured
{
    int Bytes { get; }
}

/// <summary>
/// Estimates of what objects take in memory, on the high side: names and short values are shared between records, and are counted for each all the same.
/// </summary>
internal static class Measure
{
    /// <summary>An object with about a dozen members.</summary>
    public const int Object = 160;

    public static int Of(string? text) => text is null ? 0 : 24 + (2 * text.Length);

    public static int Of(Field[] fields)
    {
        var sum = 24;
        foreach (var field in fields)
            sum += 16 + Of(field.Value);
        return sum;
    }

    /// <summary>The value of a field of that name; null when there is none.</summary>
    public static string? ValueOf(this Field[] fields, string name)
    {
        foreach (var field in fields)
        {
            if (field.Name == name)
                return field.Value;
        }

        return null;
    }
}
