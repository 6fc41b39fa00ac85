using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>
/// Whether two keys of different shapes can have one text. A value holds no separator, so the separators have to be the same, and so has the text
/// of every stretch between two of them; a stretch has one placeholder at most (HSC016). Values of two placeholders count as able to be equal.
/// </summary>
internal static class KeyOverlap
{
    private const string Digits = "-0123456789";

    public static bool IsPossible(IEnumerable<TemplatePart> one, IEnumerable<TemplatePart> other)
    {
        var (left, right) = (Stretches(one), Stretches(other));
        return left.Count == right.Count && left.Zip(right, MayBeEqual).All(static may => may);
    }

    // A separator is a stretch, too.
    private static List<Stretch> Stretches(IEnumerable<TemplatePart> key)
    {
        var stretches = new List<Stretch>();
        var current = new Stretch("", null, "");
        foreach (var part in key)
        {
            if (part.Literal is null)
                current = current with { Value = part };
            foreach (var c in part.Literal ?? "")
            {
                if (TemplateText.IsValueCharacter(c))
                {
                    current = current.Value is null ? current with { Start = current.Start + c } : current with { End = current.End + c };
                    continue;
                }

                stretches.AddRange([current, new Stretch(c.ToString(), null, "")]);
                current = new Stretch("", null, "");
            }
        }

        stretches.Add(current);
        return stretches;
    }

    private static bool MayBeEqual(Stretch one, Stretch other)
    {
        if (one.Value is null)
            return other.Value is null ? one.Start == other.Start : MayBe(other, one.Start);
        if (other.Value is null)
            return MayBe(one, other.Start);
        // What one begins or ends with beyond the other belongs to the other's value.
        var start = Math.Min(one.Start.Length, other.Start.Length);
        var end = Math.Min(one.End.Length, other.End.Length);
        return string.CompareOrdinal(one.Start, 0, other.Start, 0, start) == 0
            && string.CompareOrdinal(one.End, one.End.Length - end, other.End, other.End.Length - end, end) == 0
            && MayHold(one.Value, other.Start.Substring(start), other.End.Substring(0, other.End.Length - end))
            && MayHold(other.Value, one.Start.Substring(start), one.End.Substring(0, one.End.Length - end));
    }

    private static bool MayBe(Stretch stretch, string text) =>
        text.Length >= stretch.Start.Length + stretch.End.Length
        && text.StartsWith(stretch.Start, StringComparison.Ordinal)
        && text.EndsWith(stretch.End, StringComparison.Ordinal)
        && MayBe(stretch.Value!, text.Substring(stretch.Start.Length, text.Length - stretch.Start.Length - stretch.End.Length));

    // '%' begins null and what is escaped. No number, date or Guid is without a digit.
    private static bool MayBe(TemplatePart value, string text) =>
        Characters(value) is not { } characters || text.Contains('%') || value.Words.Contains(text) || (text.Any(char.IsDigit) && text.All(characters.Contains));

    private static bool MayHold(TemplatePart value, string start, string end) =>
        Characters(value) is not { } characters
        || (start + end).Contains('%')
        || (start + end).All(characters.Contains)
        || (value.Words.Any(word => word.StartsWith(start, StringComparison.Ordinal)) && value.Words.Any(word => word.EndsWith(end, StringComparison.Ordinal)));

    /// <summary>What a value is written in when it is none of its words; null if that is not known.</summary>
    private static string? Characters(TemplatePart value) => value.Type switch
    {
        // A value without a name is a number.
        _ when value.IsEnum => Digits,
        TemplatePart.WholeNumber or "global::System.DateOnly" => Digits,
        "bool" => "",
        "decimal" => Digits + ".",
        "global::System.Guid" => Digits + "abcdef",
        "global::System.DateTime" or "global::System.DateTimeOffset" or "global::System.TimeOnly" or "global::System.TimeSpan" => Digits + ".%ABTZ",
        _ => null,
    };

    /// <summary>The text before, of and after a value; without a value, all of it is <paramref name="Start"/>.</summary>
    private readonly record struct Stretch(string Start, TemplatePart? Value, string End);
}
