using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace HotShelf.Catalog;

/// <summary>
/// Which products, in which order, which page. Only <see cref="TryCreate"/> makes one, so every instance is valid and normalised, and two
/// that mean the same have the same <see cref="Canonical"/> form.
/// </summary>
public sealed record ProductQuery
{
    /// <summary>Products on a page when the caller does not say.</summary>
    public const int DefaultPageSize = 20;

    /// <summary>The most products on a page.</summary>
    public const int MaximumPageSize = 100;

    /// <summary>How far pages reach, in products; a cursor has no such limit, because it costs the same on every page.</summary>
    public const int MaximumOffset = 10_000;

    /// <summary>The longest search text, in characters.</summary>
    public const int MaximumTextLength = 80;

    /// <summary>What <see cref="Scope"/> is without a category; no slug has an underscore.</summary>
    public const string AllCategories = "_all";

    private static readonly string[] s_sorts = ["id", "name", "-name", "price", "-price", "updated", "-updated"];

    private ProductQuery(string? category, string? text, ProductSort sort, int? page, ProductCursor? cursor, int pageSize)
    {
        Category = category;
        Text = text;
        Sort = sort;
        Page = page;
        Cursor = cursor;
        PageSize = pageSize;
        Canonical = Canonicalise();
    }

    /// <summary>Only this category; null for all.</summary>
    public string? Category { get; }

    /// <summary>Only products whose name, tags or description have these words, as a web search reads them; null for all.</summary>
    public string? Text { get; }

    /// <summary>The order.</summary>
    public ProductSort Sort { get; }

    /// <summary>The page's number from 1; null when <see cref="Cursor"/> says where to go on.</summary>
    public int? Page { get; }

    /// <summary>How many products at most.</summary>
    public int PageSize { get; }

    /// <summary>The category, or <see cref="AllCategories"/>.</summary>
    public string Scope => Category ?? AllCategories;

    /// <summary>The one text form of this query, of letters, digits and <c>-._~</c> only: the same for all queries that mean the same.</summary>
    public string Canonical { get; }

    /// <summary>Where the page before ended.</summary>
    internal ProductCursor? Cursor { get; }

    /// <summary>The names of the sort orders, as <see cref="TryCreate"/> takes them.</summary>
    public static IReadOnlyList<string> SortNames => s_sorts;

    /// <summary>The first page of a category, or of all categories, in the default order.</summary>
    /// <exception cref="ArgumentException">The category is not a slug.</exception>
    public static ProductQuery FirstPage(string? category = null) =>
        TryCreate(category, null, null, null, null, null, out var query, out var errors)
            ? query
            : throw new ArgumentException(string.Join("; ", errors.SelectMany(error => error.Value)), nameof(category));

    /// <summary>Reads a query as a caller wrote it. Blank texts count as not given.</summary>
    /// <param name="category">A category's slug, in any case.</param>
    /// <param name="text">Words to search for, at most <see cref="MaximumTextLength"/> characters.</param>
    /// <param name="sort">One of <see cref="SortNames"/>; default <c>id</c>.</param>
    /// <param name="page">From 1; not together with <paramref name="cursor"/>. Default 1.</param>
    /// <param name="cursor">The <see cref="ProductPage.Next"/> of a page in the same order.</param>
    /// <param name="pageSize">1 to <see cref="MaximumPageSize"/>; default <see cref="DefaultPageSize"/>.</param>
    /// <param name="query">The query, when nothing is wrong.</param>
    /// <param name="errors">What is wrong, by the parameter's name; empty when nothing is.</param>
    public static bool TryCreate(
        string? category, string? text, string? sort, int? page, string? cursor, int? pageSize,
        [NotNullWhen(true)] out ProductQuery? query, out IDictionary<string, string[]> errors)
    {
        errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        category = string.IsNullOrWhiteSpace(category) ? null : category.Trim().ToLowerInvariant();
        if (category is not null && !CatalogRules.IsCategory(category))
            errors["category"] = [$"category {CatalogRules.CategoryRule}"];

        text = NormaliseText(text);
        if (text is not null && (text.Length > MaximumTextLength || text.Any(char.IsControl) || !CatalogRules.IsWellFormed(text)))
            errors["q"] = [$"q must have at most {MaximumTextLength} characters and no control characters"];

        var order = string.IsNullOrWhiteSpace(sort) ? 0 : Array.IndexOf(s_sorts, sort.Trim().ToLowerInvariant());
        if (order < 0)
            errors["sort"] = [$"sort must be one of {string.Join(", ", s_sorts)}"];

        var size = pageSize ?? DefaultPageSize;
        if (size is < 1 or > MaximumPageSize)
            errors["pageSize"] = [$"pageSize must be a whole number from 1 to {MaximumPageSize}"];
        else if (page is < 1 || (long?)(page - 1) * size >= MaximumOffset)
            errors["page"] = [$"page must be a whole number from 1 to {(MaximumOffset + size - 1) / size}; follow 'next' to read further"];

        ProductCursor? position = null;
        if (!string.IsNullOrWhiteSpace(cursor))
        {
            if (page is not null)
                errors["cursor"] = ["cursor and page exclude each other"];
            else if (order >= 0 && !ProductCursor.TryParse(cursor, (ProductSort)order, out position))
                errors["cursor"] = ["cursor must be the 'next' of a page in the same order, unchanged"];
        }

        query = errors.Count == 0
            ? new ProductQuery(category, text, (ProductSort)order, position is null ? page ?? 1 : null, position, size)
            : null;
        return query is not null;
    }

    /// <summary>Reads a query back from its <see cref="Canonical"/> form; false for any other text.</summary>
    public static bool TryParse(string canonical, [NotNullWhen(true)] out ProductQuery? query)
    {
        ArgumentNullException.ThrowIfNull(canonical);
        query = null;
        string? category = null, text = null, sort = null, cursor = null;
        int? page = null, pageSize = null;
        foreach (var part in canonical.Split('~'))
        {
            var dot = part.IndexOf('.', StringComparison.Ordinal);
            var value = part[(dot + 1)..];
            switch (dot < 0 ? "" : part[..dot])
            {
                case "c": category = value; break;
                case "q" when Base64Url.IsValid(value): text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(value)); break;
                case "s": sort = value; break;
                case "after": cursor = value; break;
                case "p" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number): page = number; break;
                case "n" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number): pageSize = number; break;
                default: return false;
            }
        }

        return TryCreate(category, text, sort, page, cursor, pageSize, out query, out _) && query.Canonical == canonical;
    }

    private static string? NormaliseText(string? text) =>
        string.IsNullOrWhiteSpace(text)
            ? null
            : string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant();

    // Defaults are left out. Nothing in it needs escaping in a cache key, and no text of a caller can pass for another part of it.
    private string Canonicalise()
    {
        var form = new StringBuilder(48);
        if (Category is not null)
            form.Append("c.").Append(Category).Append('~');
        if (Text is not null)
            form.Append("q.").Append(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Text))).Append('~');
        if (Sort != ProductSort.Id)
            form.Append("s.").Append(s_sorts[(int)Sort]).Append('~');
        if (Cursor is not null)
            form.Append("after.").Append(Cursor).Append('~');
        else
            form.Append(CultureInfo.InvariantCulture, $"p.{Page}~");
        return form.Append(CultureInfo.InvariantCulture, $"n.{PageSize}").ToString();
    }
}
