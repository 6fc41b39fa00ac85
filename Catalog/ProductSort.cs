namespace HotShelf.Catalog;

/// <summary>The orders a list of products can be asked in; each is made total by the product's number.</summary>
public enum ProductSort
{
    /// <summary>By number, ascending: <c>id</c>, the default.</summary>
    Id,

    /// <summary>By name, ascending: <c>name</c>.</summary>
    Name,

    /// <summary>By name, descending: <c>-name</c>.</summary>
    NameDescending,

    /// <summary>Cheapest first: <c>price</c>.</summary>
    Price,

    /// <summary>Dearest first: <c>-price</c>.</summary>
    PriceDescending,

    /// <summary>Longest unchanged first: <c>updated</c>.</summary>
    Updated,

    /// <summary>Latest changed first: <c>-updated</c>.</summary>
    UpdatedDescending,
}
