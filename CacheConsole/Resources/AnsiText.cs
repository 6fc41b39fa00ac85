using System.Text;

namespace HotShelf.CacheConsole.Resources;

/// <summary>A piece of a line in one colour.</summary>
/// <param name="Text">Without escape sequences.</param>
/// <param name="Style">A class of the style sheet, such as <c>ansi-red ansi-bold</c>; null for the plain colour.</param>
public readonly record struct StyledText(string Text, string? Style);

/// <summary>Colours that a program writes for a terminal (ECMA-48, "Select Graphic Rendition"); every other sequence is left out.</summary>
internal static class AnsiText
{
    private const char Escape = '\u001b';

    private static readonly string[] s_colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

    public static string Strip(string line) => line.Contains(Escape, StringComparison.Ordinal) ? string.Concat(Parse(line).Select(static part => part.Text)) : line;

    public static IReadOnlyList<StyledText> Parse(string line)
    {
        if (!line.Contains(Escape, StringComparison.Ordinal))
            return [new StyledText(line, null)];
        var parts = new List<StyledText>();
        var text = new StringBuilder();
        var (colour, isBold) = ((string?)null, false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != Escape)
            {
                text.Append(line[i]);
                continue;
            }

            var (end, codes) = Sequence(line, i);
            i = end;
            if (codes is null)
                continue;
            Flush();
            foreach (var code in codes)
                (colour, isBold) = Apply(code, colour, isBold);
        }

        Flush();
        return parts;

        void Flush()
        {
            if (text.Length == 0)
                return;
            parts.Add(new StyledText(text.ToString(), (colour, isBold) switch { (null, false) => null, (null, true) => "ansi-bold", (_, false) => colour, _ => $"{colour} ansi-bold" }));
            text.Clear();
        }
    }

    // Where the sequence ends, and its numbers when it is about colours.
    private static (int End, int[]? Codes) Sequence(string line, int start)
    {
        if (start + 1 >= line.Length || line[start + 1] != '[')
            return (Math.Min(start + 1, line.Length - 1), null);
        var end = start + 2;
        while (end < line.Length && line[end] is < '@' or > '~')
            end++;
        if (end >= line.Length)
            return (line.Length - 1, null);
        return (end, line[end] == 'm' ? [.. line[(start + 2)..end].Split(';').Select(static part => int.TryParse(part, out var code) ? code : 0)] : null);
    }

    private static (string? Colour, bool IsBold) Apply(int code, string? colour, bool isBold) => code switch
    {
        0 => (null, false),
        1 => (colour, true),
        22 => (colour, false),
        39 => (null, isBold),
        >= 30 and <= 37 => ($"ansi-{s_colours[code - 30]}", isBold),
        >= 90 and <= 97 => ($"ansi-{s_colours[code - 90]}", isBold),
        _ => (colour, isBold),
    };
}
