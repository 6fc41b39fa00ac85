using Microsoft.AspNetCore.Http.Extensions;

namespace HotShelf.ProductApi.Products;

/// <summary>The <c>Link</c> header of a list (RFC 8288).</summary>
internal static class PageLinks
{
    /// <summary>Where the next page is: the same query, going on by cursor instead of by page.</summary>
    public static string Next(IQueryCollection query, string cursor)
    {
        var next = new QueryBuilder();
        foreach (var name in (string[])["category", "q", "sort", "pageSize"])
        {
            if (query[name].ToString() is { Length: > 0 } value)
                next.Add(name, value);
        }

        next.Add("cursor", cursor);
        return $"</products{next}>; rel=\"next\"";
    }
}
