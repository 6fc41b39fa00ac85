using System.Text.RegularExpressions;

namespace HotShelf.Caching.Generators.Emitting;

/// <summary>Takes the namespace off the types that need none, so that the generated file reads like written code.</summary>
internal static class Shortener
{
    // No backtracking: a qualified name is one run of letters, digits and dots.
    private static readonly Regex s_qualified = new(@"global::[\w@]+(?:\.[\w@]+)*", RegexOptions.CultureInvariant);

    // A qualified name needs parentheses in an interpolated string, because ':' begins a format there; a short one does not.
    private static readonly Regex s_parentheses = new(@"\{\((\w+\.\w+\([^()]*\))\)\}", RegexOptions.CultureInvariant);

    public static string Shorten(string code, IEnumerable<string> types)
    {
        var known = new HashSet<string>(types);
        return s_parentheses.Replace(s_qualified.Replace(code, match => Shorten(match.Value, known)), "{$1}");
    }

    private static string Shorten(string name, HashSet<string> known)
    {
        for (var dot = name.IndexOf('.'); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            var next = name.IndexOf('.', dot + 1);
            if (known.Contains(next < 0 ? name : name.Substring(0, next)))
                return name.Substring(dot + 1);
        }

        return name;
    }
}
