using Microsoft.CodeAnalysis.CSharp;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>A template cut into literals and placeholders, before anything is known about what they name.</summary>
internal static class TemplateText
{
    /// <summary>Text, or the names of a placeholder: <c>{query.CacheKey}</c> is two.</summary>
    public readonly record struct Piece(string? Literal, string[] Names)
    {
        public bool IsLiteral => Literal is not null;

        public string Placeholder => string.Join(".", Names);
    }

    /// <returns>What is wrong, or nothing.</returns>
    public static string? TryParse(string? text, out List<Piece> pieces)
    {
        pieces = [];
        if (string.IsNullOrEmpty(text))
            return "it is empty";
        for (var at = 0; at < text!.Length;)
        {
            var error = text[at] == '{' ? ReadPlaceholder(text, ref at, pieces) : ReadLiteral(text, ref at, pieces);
            if (error is not null)
                return error;
        }

        return null;
    }

    /// <summary>Whether the key begins with a family: a literal of letters, digits, '-', '_' or '.', and a colon.</summary>
    public static bool HasFamily(string text)
    {
        var colon = text.IndexOf(':');
        return colon > 0 && text.Take(colon).All(static c => IsValueCharacter(c) && c is not ('~' or '%') && c < 128);
    }

    /// <summary>Whether a literal holds a character that no escaped value holds, so that the value before it has a visible end.</summary>
    public static bool Separates(string literal) => !literal.All(IsValueCharacter);

    /// <summary>Whether CacheKeyText writes it for a value: unreserved characters, '%' and everything beyond ASCII.</summary>
    public static bool IsValueCharacter(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-' or '.' or '_' or '~' or '%' or >= '\u0080';

    private static string? ReadLiteral(string text, ref int at, List<Piece> pieces)
    {
        var start = at;
        for (; at < text.Length && text[at] != '{'; at++)
        {
            if (text[at] == '}')
                return $"the '}}' at position {at} closes nothing";
            if (char.IsWhiteSpace(text[at]) || char.IsControl(text[at]))
                return $"the character at position {at} is a space or a control character";
        }

        pieces.Add(new Piece(text.Substring(start, at - start), []));
        return null;
    }

    private static string? ReadPlaceholder(string text, ref int at, List<Piece> pieces)
    {
        var start = at;
        var end = text.IndexOf('}', start);
        if (end < 0)
            return $"the '{{' at position {start} has no '}}'";
        var inner = text.Substring(start + 1, end - start - 1);
        var names = inner.Split('.');
        if (inner.Contains(':'))
            return $"{{{inner}}} has a format, which could give two values one text: write {{{inner.Substring(0, inner.IndexOf(':'))}}}";
        if (!names.All(SyntaxFacts.IsValidIdentifier))
            return $"{{{inner}}} is not a parameter's name, or a parameter and its member such as {{query.CacheKey}}";
        at = end + 1;
        pieces.Add(new Piece(null, names));
        return null;
    }
}
