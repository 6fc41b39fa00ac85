using System.Diagnostics.CodeAnalysis;
using HotShelf.Catalog;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.Problems;

namespace HotShelf.ProductApi.Products;

/// <summary>Reads what callers ask for in query strings, and says all that is wrong at once.</summary>
internal static class ProductRequests
{
    /// <summary>The most products of a batch.</summary>
    public const int MaximumBatch = 100;

    public static bool TryReadList(IQueryCollection query, [NotNullWhen(true)] out ProductQuery? list, [NotNullWhen(false)] out ProblemResult? problem)
    {
        var numbers = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var page = Number(query, "page", numbers);
        var pageSize = Number(query, "pageSize", numbers);
        var isValid = ProductQuery.TryCreate(
            query["category"], query["q"], query["sort"], page, query["cursor"], pageSize, out list, out var errors);
        foreach (var (name, messages) in numbers)
            errors[name] = messages;
        problem = isValid && numbers.Count == 0 ? null : Problem.Validation(errors);
        return problem is null;
    }

    /// <summary><c>ids=1,2,3</c> or <c>ids=1&amp;ids=2</c>, each product once, in the order asked for.</summary>
    public static bool TryReadBatch(IQueryCollection query, out int[] ids, [NotNullWhen(false)] out ProblemResult? problem)
    {
        Span<int> read = stackalloc int[MaximumBatch];
        var count = 0;
        ids = [];
        foreach (var text in query["ids"])
        {
            foreach (var range in text.AsSpan().Split(','))
            {
                if (!RouteNumbers.TryRead(text.AsSpan()[range].Trim(), out var id) || id < 1)
                {
                    problem = Problem.Validation("ids", "ids must be whole numbers from 1 to 2147483647, separated by commas");
                    return false;
                }

                if (read[..count].Contains(id))
                    continue;
                if (count == MaximumBatch)
                {
                    problem = Problem.Validation("ids", $"ids must be at most {MaximumBatch} numbers");
                    return false;
                }

                read[count++] = id;
            }
        }

        problem = count == 0 ? Problem.Validation("ids", "ids must be 1 to 100 numbers of products, separated by commas") : null;
        ids = read[..count].ToArray();
        return problem is null;
    }

    private static int? Number(IQueryCollection query, string name, Dictionary<string, string[]> errors)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
            return null;
        if (RouteNumbers.TryRead(text, out var number))
            return number;
        errors[name] = [$"{name} must be a whole number"];
        return null;
    }
}
