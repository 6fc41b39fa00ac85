namespace HotShelf.Catalog.Warming;

/// <summary>What to warm: explicit keys, or the most popular keys of some families.</summary>
public sealed record WarmingRequest
{
    /// <summary>Keys such as <c>product:42</c>, at most 10,000. When given, the rest is not looked at.</summary>
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>Only keys of these families; none means all.</summary>
    public IReadOnlyList<string>? Families { get; init; }

    /// <summary>How many of the most popular keys, 1 to 1,000,000; default what is warmed at start.</summary>
    public int? Top { get; init; }

    /// <summary>What is wrong with the request, by the JSON name of the field; empty when nothing is.</summary>
    public IDictionary<string, string[]> Validate()
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        Unless(Keys is null or { Count: <= 10_000 }, "keys", "keys must be at most 10000; ask for 'top' instead");
        Unless(Keys is null || Keys.All(IsKey), "keys", "keys must have 1 to 1024 characters each");
        Unless(Families is null or { Count: <= 100 }, "families", "families must be at most 100");
        Unless(Families is null || Families.All(IsFamily), "families", $"families must be among {string.Join(", ", s_families)}");
        Unless(Top is null or (>= 1 and <= 1_000_000), "top", "top must be from 1 to 1000000");
        return errors;

        void Unless(bool right, string field, string message)
        {
            if (!right)
                errors[field] = [message];
        }
    }

    private static readonly string[] s_families =
        [CatalogCacheKeys.ProductFamily, CatalogCacheKeys.ProductListFamily, CatalogCacheKeys.PriceFamily, CatalogCacheKeys.UserProfileFamily];

    private static bool IsKey(string? key) => !string.IsNullOrWhiteSpace(key) && key.Length <= 1024 && !key.Contains('\0', StringComparison.Ordinal) && CatalogRules.IsWellFormed(key);

    private static bool IsFamily(string? family) => s_families.Contains(family, StringComparer.Ordinal);
}
