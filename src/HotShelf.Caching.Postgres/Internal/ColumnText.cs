using System.Globalization;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Values from PostgreSQL's text format, which every type has.</summary>
internal static class ColumnText
{
    private static readonly Dictionary<Type, Func<string, object>> s_parsers = new()
    {
        [typeof(string)] = text => text,
        // Also of bit(1), which Npgsql reads as a boolean too.
        [typeof(bool)] = text => text switch
        {
            "t" or "true" or "1" => true,
            "f" or "false" or "0" => false,
            _ => throw new FormatException("The value is not a boolean."),
        },
        [typeof(short)] = text => short.Parse(text, CultureInfo.InvariantCulture),
        [typeof(int)] = text => int.Parse(text, CultureInfo.InvariantCulture),
        [typeof(long)] = text => long.Parse(text, CultureInfo.InvariantCulture),
        [typeof(float)] = text => float.Parse(text, CultureInfo.InvariantCulture),
        [typeof(double)] = text => double.Parse(text, CultureInfo.InvariantCulture),
        [typeof(decimal)] = text => decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture),
        [typeof(Guid)] = text => Guid.Parse(text),
        // As Npgsql reads them: with a time zone in UTC, infinite ones as the first and the last.
        [typeof(DateTime)] = text => Infinite(text, DateTime.MinValue, DateTime.MaxValue) ?? DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal),
        [typeof(DateTimeOffset)] = text => Infinite(text, DateTimeOffset.MinValue, DateTimeOffset.MaxValue) ??
            DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
        [typeof(DateOnly)] = text => Infinite(text, DateOnly.MinValue, DateOnly.MaxValue) ?? DateOnly.Parse(text, CultureInfo.InvariantCulture),
        [typeof(TimeOnly)] = text => TimeOnly.Parse(text, CultureInfo.InvariantCulture),
        [typeof(string[])] = text => Elements(text, element => element),
        [typeof(int[])] = text => Elements(text, element => int.Parse(element, CultureInfo.InvariantCulture)),
        [typeof(long[])] = text => Elements(text, element => long.Parse(element, CultureInfo.InvariantCulture)),
        [typeof(Guid[])] = text => Elements(text, Guid.Parse),
    };

    public static bool CanParse(Type type) => s_parsers.ContainsKey(Nullable.GetUnderlyingType(type) ?? type) || (Nullable.GetUnderlyingType(type) ?? type).IsEnum;

    public static object? Parse(string? text, Type type)
    {
        if (text is null)
            return null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (s_parsers.TryGetValue(type, out var parse))
            return parse(text);
        return type.IsEnum ? Member(type, text)
            : throw new NotSupportedException($"A column cannot be read as {type}: use a string, number, boolean, Guid, date, time, enum, or an array of strings, integers or Guids.");
    }

    private static T? Infinite<T>(string text, T first, T last)
        where T : struct => text switch
        {
            "infinity" => last,
            "-infinity" => first,
            _ => null,
        };

    /// <summary>A number, a name, or a label that has the same letters and digits as a name, in any case.</summary>
    private static object Member(Type type, string text)
    {
        if (Enum.TryParse(type, text, ignoreCase: true, out var member))
            return member;
        var label = Plain(text);
        var name = Enum.GetNames(type).FirstOrDefault(name => string.Equals(Plain(name), label, StringComparison.OrdinalIgnoreCase));
        return Enum.Parse(type, name ?? throw new FormatException("The label is no member of the enum."));

        static string Plain(string text) => string.Concat(text.Where(char.IsLetterOrDigit));
    }

    /// <summary>An array of one dimension: <c>{a,"b, c",NULL}</c> (postgresql.org/docs, "Array Input and Output Syntax"). NULL elements are left out.</summary>
    private static T[] Elements<T>(string text, Func<string, T> parse)
    {
        if (text is not ['{', .., '}'])
            throw new FormatException("The value is not an array of one dimension.");
        var elements = new List<T>();
        var element = new System.Text.StringBuilder();
        var quoted = false;
        var wasQuoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\':
                    element.Append(text[++i]);
                    break;
                case '"':
                    quoted = !quoted;
                    wasQuoted = true;
                    break;
                case '{' when !quoted:
                    throw new FormatException("The value is not an array of one dimension.");
                case ',' or '}' when !quoted:
                    if (wasQuoted || (element.Length > 0 && element.ToString() != "NULL"))
                        elements.Add(parse(element.ToString()));
                    element.Clear();
                    wasQuoted = false;
                    break;
                default:
                    element.Append(text[i]);
                    break;
            }
        }

        return [.. elements];
    }
}
