using System.Text;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>Names as Prometheus wants them: <c>[a-zA-Z_:][a-zA-Z0-9_:]*</c>, with the unit as a suffix in full.</summary>
internal static class PrometheusName
{
    /// <summary>Replaces what is not allowed by one underscore, runs of them too; a leading digit gets one before it.</summary>
    public static string Sanitize(string name)
    {
        var result = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || c == ':')
            {
                if (result.Length == 0 && char.IsAsciiDigit(c))
                    result.Append('_');
                result.Append(c);
            }
            else if (result.Length == 0 || result[^1] != '_')
            {
                result.Append('_');
            }
        }

        return result.ToString();
    }

    /// <summary>The suffix of a UCUM unit: <c>s</c> is <c>seconds</c>, <c>By/s</c> is <c>bytes_per_second</c>; an annotation such as <c>{request}</c> has none.</summary>
    public static string? Unit(string? unit, bool isGauge)
    {
        unit = WithoutAnnotations(unit ?? "");
        if (unit.Length == 0)
            return null;
        if (unit == "1")
            return isGauge ? "ratio" : null;
        var slash = unit.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            return Clean(Plural(unit));
        var per = unit[(slash + 1)..];
        if (slash == 0)
            return per.Length == 0 ? null : Clean("per_" + Singular(per));
        return per.Length == 0 ? Clean(Plural(unit[..slash])) : Clean($"{Plural(unit[..slash])}_per_{Singular(per)}");
    }

    /// <summary>Appends the unit, unless the name has it already. A counter's own <c>_total</c> is taken off: it is put back behind the unit.</summary>
    public static string WithUnit(string name, string? unit, bool isCounter)
    {
        if (isCounter && name.EndsWith("_total", StringComparison.Ordinal) && name.Length > "_total".Length)
            name = name[..^"_total".Length];
        return unit is null || name == unit || name.EndsWith("_" + unit, StringComparison.Ordinal) ? name : $"{name.TrimEnd('_')}_{unit}";
    }

    private static string? Clean(string unit)
    {
        var clean = Sanitize(unit).Trim('_');
        return clean.Length == 0 ? null : clean;
    }

    private static string WithoutAnnotations(string unit)
    {
        var result = new StringBuilder(unit.Length);
        var depth = 0;
        foreach (var c in unit)
        {
            if (c == '{')
                depth++;
            else if (c == '}' && depth > 0)
                depth--;
            else if (depth == 0)
                result.Append(c);
        }

        return result.ToString().Trim();
    }

    private static string Plural(string unit) => unit switch
    {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tibibytes",
        "KBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "B" => "bytes",
        "KB" => "kilobytes",
        "MB" => "megabytes",
        "GB" => "gigabytes",
        "TB" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "%" => "percent",
        "1" => "ratio",
        "$" => "dollars",
        _ => unit,
    };

    private static string Singular(string unit) => unit switch
    {
        "s" => "second",
        "m" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        _ => unit,
    };
}
