using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace HotShelf.Catalog;

/// <summary>
/// Where a page ended: the last product's sort value and number. As text it is base64url of <c>sort|id|value</c>, opaque to callers; one that
/// was made up can only point somewhere else in the same list.
/// </summary>
internal sealed record ProductCursor(ProductSort Sort, int Id, string Value)
{
    private const int MaximumLength = 1200;

    // What the columns hold, which is more than callers may write: a name is counted in code points, of up to two UTF-16 units each.
    private const int LongestName = 2 * CatalogRules.MaximumNameLength;
    private const decimal HighestPrice = 9_999_999_999.99m;

    public static ProductCursor After(ProductSort sort, Product last) => new(sort, last.Id, sort switch
    {
        ProductSort.Name or ProductSort.NameDescending => last.Name,
        ProductSort.Price or ProductSort.PriceDescending => Format(last.Price),
        ProductSort.Updated or ProductSort.UpdatedDescending => Format(last.UpdatedAt.UtcTicks),
        _ => "",
    });

    public static bool TryParse(string text, ProductSort sort, [NotNullWhen(true)] out ProductCursor? cursor)
    {
        cursor = null;
        if (text.Length > MaximumLength || !Base64Url.IsValid(text))
            return false;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('|', 3);
        if (parts.Length != 3 || parts[0] != ((int)sort).ToString(CultureInfo.InvariantCulture)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return false;
        }

        var parsed = new ProductCursor(sort, id, parts[2]);
        // Only the form that ToString writes: another spelling of the same place would be another cache entry.
        if (!parsed.HasValueOfItsSort() || parsed.ToString() != text)
            return false;
        cursor = parsed;
        return true;
    }

    /// <summary>The sort value in the type of its column; null when the order is by number alone.</summary>
    public object? TypedValue => Sort switch
    {
        ProductSort.Name or ProductSort.NameDescending => Value,
        ProductSort.Price or ProductSort.PriceDescending => decimal.Parse(Value, CultureInfo.InvariantCulture),
        ProductSort.Updated or ProductSort.UpdatedDescending => new DateTime(long.Parse(Value, CultureInfo.InvariantCulture), DateTimeKind.Utc),
        _ => null,
    };

    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(int)Sort}|{Id}|{Value}")));

    private bool HasValueOfItsSort() => Sort switch
    {
        ProductSort.Name or ProductSort.NameDescending => Value.Length <= LongestName && !Value.Contains('\0', StringComparison.Ordinal),
        ProductSort.Price or ProductSort.PriceDescending =>
            decimal.TryParse(Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) && price <= HighestPrice && Value == Format(price),
        ProductSort.Updated or ProductSort.UpdatedDescending =>
            long.TryParse(Value, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks && Value == Format(ticks),
        _ => Value.Length == 0,
    };

    // With the two decimals of a price in the database.
    private static string Format(decimal price) => price.ToString("F2", CultureInfo.InvariantCulture);

    private static string Format(long ticks) => ticks.ToString(CultureInfo.InvariantCulture);
}
