using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>
/// Whether two keys of different shapes can have one text. A value holds no separator, so the separators have to be the same, and each two stretches
/// between them need a text in common. A stretch has one placeholder at most (HSC016), whose <see cref="ValueForms"/> give the forms of the stretch.
/// </summary>
internal static class KeyOverlap
{
    public static bool IsPossible(IEnumerable<TemplatePart> one, IEnumerable<TemplatePart> other) =>
        Separators(one).SequenceEqual(Separators(other)) && Stretches(one).Zip(Stretches(other), MayBeEqual).All(static may => may);

    private static IEnumerable<char> Separators(IEnumerable<TemplatePart> key) =>
        key.SelectMany(static part => part.Literal ?? "").Where(static c => !TemplateText.IsValueCharacter(c));

    /// <summary>The forms of every text before, between and after the separators.</summary>
    private static List<string[]> Stretches(IEnumerable<TemplatePart> key)
    {
        var stretches = new List<string[]>();
        string[] current = [""];
        foreach (var part in key)
        {
            if (part.Literal is null)
                current = [.. current.SelectMany(start => part.Forms.Select(form => start + form))];
            foreach (var c in part.Literal ?? "")
            {
                if (TemplateText.IsValueCharacter(c))
                {
                    current = [.. current.Select(start => start + c)];
                    continue;
                }

                stretches.Add(current);
                current = [""];
            }
        }

        stretches.Add(current);
        return stretches;
    }

    private static bool MayBeEqual(string[] one, string[] other) => one.Any(form => other.Any(otherForm => ShareText(form.AsSpan(), otherForm.AsSpan())));

    private static bool ShareText(ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        if (one.IsEmpty && other.IsEmpty)
            return true;
        if ((MayBeAbsent(one) && ShareText(one.Slice(2), other)) || (MayBeAbsent(other) && ShareText(one, other.Slice(2))))
            return true;
        // Where both may repeat, taking the character from both would end where it began; leaving one of them out, above, finds the same texts.
        return !one.IsEmpty && !other.IsEmpty && ShareCharacter(one[0], other[0]) && !(MayRepeat(one) && MayRepeat(other)) && ShareText(AfterOne(one), AfterOne(other));
    }

    private static bool MayRepeat(ReadOnlySpan<char> form) => form.Length > 1 && form[1] == '*';

    private static bool MayBeAbsent(ReadOnlySpan<char> form) => MayRepeat(form) || (form.Length > 1 && form[1] == '?');

    private static ReadOnlySpan<char> AfterOne(ReadOnlySpan<char> form) => MayRepeat(form) ? form : form.Slice(MayBeAbsent(form) ? 2 : 1);

    private static bool ShareCharacter(char one, char other) => Includes(one, other) || Includes(other, one);

    private static bool Includes(char mark, char c) => mark == c || mark switch
    {
        '@' => true,
        '$' => c is '#' or (>= '0' and <= '9') or (>= 'a' and <= 'f'),
        '#' => c is >= '0' and <= '9',
        _ => false,
    };
}
