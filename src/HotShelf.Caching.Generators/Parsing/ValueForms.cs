using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>
/// The forms of the texts that CacheKeyText writes for the values of a type. In a form, <c>#</c> is a digit, <c>$</c> a hexadecimal digit in lower case and
/// <c>@</c> any character of a value; what <c>?</c> follows may be absent, what <c>*</c> follows may be absent or repeated.
/// No value is written with one of these marks.
/// </summary>
internal static class ValueForms
{
    private const string Any = "@*";
    private const string Digits = "##*";
    private const string Whole = $"-?{Digits}";
    private const string Time = "##%3A##%3A##";
    private const string DateAndTime = $"####-##-##T{Time}.#######";

    private static readonly string[] s_decimal = [Whole, $"{Whole}.{Digits}"];

    /// <param name="type">The type, not nullable.</param>
    /// <param name="name">Its name, which is one for all whole numbers: <see cref="TemplatePart.Type"/>.</param>
    /// <param name="mayBeNull">Whether there may be no value.</param>
    public static IEnumerable<string> Of(ITypeSymbol type, string name, bool mayBeNull)
    {
        var forms = type.TypeKind == TypeKind.Enum ? OfEnum(type) : Of(name);
        return mayBeNull ? forms.Append("%null") : forms;
    }

    private static string[] Of(string name) => name switch
    {
        TemplatePart.WholeNumber or "nint" or "nuint" or "global::System.Int128" or "global::System.UInt128" or "global::System.Numerics.BigInteger" => [Whole],
        "decimal" => s_decimal,
        "double" or "float" or "global::System.Half" => [.. s_decimal.SelectMany(static number => (string[])[number, $"{number}E-{Digits}", $"{number}E%2B{Digits}"]), "-?Infinity", "NaN"],
        "bool" => ["true", "false"],
        "char" => ["@", "%@@", "%u@@@@"],
        "global::System.Guid" => ["$$$$$$$$-$$$$-$$$$-$$$$-$$$$$$$$$$$$"],
        "global::System.DateOnly" => ["####-##-##"],
        "global::System.TimeOnly" => [$"{Time}.#######"],
        "global::System.TimeSpan" => [$"-?#*.?{Time}.?#*"],
        "global::System.DateTime" or "global::System.DateTimeOffset" => [DateAndTime, $"{DateAndTime}Z", $"{DateAndTime}-##%3A##", $"{DateAndTime}%2B##%3A##"],
        _ => [Any],
    };

    // A value without a name is a number, and flags are a list. Other languages have names that are no identifiers, which are escaped.
    private static IEnumerable<string> OfEnum(ITypeSymbol type)
    {
        var names = type.GetMembers().OfType<IFieldSymbol>().Select(static field => SyntaxFacts.IsValidIdentifier(field.Name) ? field.Name : Any);
        return [Whole, .. names, .. Names.Find(type, "System.FlagsAttribute") is null ? (string[])[] : [$"{Any}%2C%20{Any}"]];
    }
}
