using System.Globalization;

namespace HotShelf.CacheConsole.Viewing;

/// <summary>What a number counts, and so how it is written.</summary>
public enum NumberUnit
{
    /// <summary>Things: 1.23 M.</summary>
    Count,

    /// <summary>Bytes, in powers of 1,024: 1.2 MiB.</summary>
    Bytes,

    /// <summary>Seconds: 1.2 ms, 3.4 s, 5 min 6 s.</summary>
    Seconds,

    /// <summary>A share of one: 98.7 %.</summary>
    Percent,

    /// <summary>Things a second: 1.2 k/s.</summary>
    PerSecond,
}

/// <summary>Numbers as a person reads them, three digits that matter; and exactly, for those who hover.</summary>
public static class Humanize
{
    private static readonly string[] s_thousands = ["", " k", " M", " G", " T"];
    private static readonly string[] s_bytes = [" B", " KiB", " MiB", " GiB", " TiB"];

    public static string Number(double value, NumberUnit unit) => !double.IsFinite(value) ? "–" : unit switch
    {
        NumberUnit.Bytes => Scaled(value, 1024, s_bytes),
        NumberUnit.Seconds => Duration(value),
        NumberUnit.Percent => Percent(value),
        NumberUnit.PerSecond => $"{Scaled(value, 1000, s_thousands)}/s",
        _ => Scaled(value, 1000, s_thousands),
    };

    /// <summary>As the beginning of a sentence.</summary>
    public static string Capital(string text) => string.IsNullOrEmpty(text) ? text : char.ToUpperInvariant(text[0]) + text[1..];

    public static string Exact(double value, NumberUnit unit) => !double.IsFinite(value) ? "not known" : unit switch
    {
        NumberUnit.Bytes => $"{Text(value, "N0")} bytes",
        NumberUnit.Seconds => $"{Text(value, "0.#########")} s",
        NumberUnit.Percent => $"{Text(value * 100, "0.####")} %",
        NumberUnit.PerSecond => $"{Text(value, "#,0.###")} a second",
        _ => Text(value, "#,0.###"),
    };

    /// <summary>How long ago, in the largest unit that says enough: 5 s, 3 min, 2 h, 4 d.</summary>
    public static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 1 } => "now",
        { TotalSeconds: < 60 } => $"{(int)age.TotalSeconds} s ago",
        { TotalMinutes: < 60 } => $"{(int)age.TotalMinutes} min ago",
        { TotalHours: < 48 } => $"{(int)age.TotalHours} h ago",
        _ => $"{(int)age.TotalDays} d ago",
    };

    public static string Duration(double seconds)
    {
        var magnitude = Math.Abs(seconds);
        return magnitude switch
        {
            0 => "0 s",
            < 1e-6 => $"{Digits(seconds * 1e9)} ns",
            < 1e-3 => $"{Digits(seconds * 1e6)} µs",
            < 1 => $"{Digits(seconds * 1e3)} ms",
            < 60 => $"{Digits(seconds)} s",
            < 3600 => Two(seconds, 60, "min", 1, "s"),
            < 48 * 3600 => Two(seconds, 3600, "h", 60, "min"),
            _ => Two(seconds, 86400, "d", 3600, "h"),
        };
    }

    // Close to all and close to none are the interesting ends: 99.97 %, 0.02 %, never a rounded 100 %.
    private static string Percent(double share)
    {
        var percent = share * 100;
        return percent switch
        {
            > 0 and < 0.01 => "< 0.01 %",
            > 99.99 and < 100 => "> 99.99 %",
            _ when percent is 0 or 100 => $"{Text(percent, "0")} %",
            > 99 or < 1 => $"{Text(percent, "0.##")} %",
            _ => $"{Text(percent, "0.#")} %",
        };
    }

    private static string Two(double seconds, double large, string largeName, double small, string smallName)
    {
        var sign = seconds < 0 ? "-" : "";
        var whole = Math.Floor(Math.Abs(seconds) / large);
        var rest = Math.Floor((Math.Abs(seconds) - (whole * large)) / small);
        return rest == 0 ? $"{sign}{Text(whole, "0")} {largeName}" : $"{sign}{Text(whole, "0")} {largeName} {Text(rest, "0")} {smallName}";
    }

    private static string Scaled(double value, double step, string[] units)
    {
        var index = 0;
        var scaled = value;
        // What would be written as four digits of one unit is one of the next.
        while (index < units.Length - 1 && Math.Abs(scaled) >= step * 0.9995)
        {
            scaled /= step;
            index++;
        }

        return Digits(scaled) + units[index];
    }

    private static string Digits(double value) => Math.Abs(value) switch
    {
        < 9.995 => Text(value, "0.##"),
        < 99.95 => Text(value, "0.#"),
        _ => Text(value, "0"),
    };

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
