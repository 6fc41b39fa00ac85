using System.Globalization;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>
/// A condition on an attribute, as it is typed and stands in an address: <c>name=value</c>, <c>name!=value</c>, <c>name~part</c> (contains), and
/// <c>name&gt;=500</c>, <c>&lt;=</c>, <c>&gt;</c>, <c>&lt;</c> for numbers. What lacks the attribute fulfils <c>!=</c> only.
/// </summary>
public sealed record FieldFilter(string Name, string Operator, string Value)
{
    // Longer ones first: ">=" is not ">" with a value that begins with "=".
    private static readonly string[] s_operators = ["!=", ">=", "<=", "=", "~", ">", "<"];

    public override string ToString() => Name + Operator + Value;

    /// <summary>Null when the text is no condition.</summary>
    public static FieldFilter? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var found = s_operators.Select(op => (op, At: text.IndexOf(op, StringComparison.Ordinal))).Where(static o => o.At > 0)
            .OrderBy(static o => o.At).ThenByDescending(static o => o.op.Length).FirstOrDefault();
        return found.op is null || text[..found.At].Trim() is not { Length: > 0 } name ? null : new FieldFilter(name, found.op, text[(found.At + found.op.Length)..].Trim());
    }

    internal static FieldFilter[] ParseAll(string[]? texts) => [.. (texts ?? []).Select(Parse).OfType<FieldFilter>().Distinct()];

    internal bool Matches(Field[] fields) => Matches(fields.ValueOf(Name));

    internal bool Matches(string? value) => Operator switch
    {
        "!=" => !string.Equals(value, Value, StringComparison.OrdinalIgnoreCase),
        _ when value is null => false,
        "=" => value.Equals(Value, StringComparison.OrdinalIgnoreCase),
        "~" => value.Contains(Value, StringComparison.OrdinalIgnoreCase),
        _ => Number(value) is { } left && Number(Value) is { } right && Operator switch { ">=" => left >= right, "<=" => left <= right, ">" => left > right, _ => left < right },
    };

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
