using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HotShelf.ProductApi.Problems;

namespace HotShelf.ProductApi.Http;

/// <summary>Numbers as callers write them: digits and nothing else.</summary>
internal static class RouteNumbers
{
    public const string IdRule = "id must be a whole number from 1 to 2147483647";

    /// <summary>A product's number.</summary>
    public static bool TryReadId(string text, out int id, [NotNullWhen(false)] out ProblemResult? problem)
    {
        problem = TryRead(text, out id) && id >= 1 ? null : Problem.Validation("id", IdRule);
        return problem is null;
    }

    public static bool TryRead(ReadOnlySpan<char> text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
