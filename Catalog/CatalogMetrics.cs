using System.Diagnostics.Metrics;

namespace HotShelf.Catalog;

/// <summary>The catalog's instruments.</summary>
public sealed class CatalogMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "HotShelf.Catalog";

    private readonly Counter<long> _queries;

    /// <summary>Creates the instruments.</summary>
    public CatalogMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(MeterName);
        _queries = meter.CreateCounter<long>(
            "hotshelf.catalog.queries", "{query}", "SQL queries sent to Postgres, by kind: how much of the traffic the cache does not take off the database.");
    }

    /// <summary>Counts one query; <paramref name="kind"/> is one of the constants in <see cref="QueryKinds"/>.</summary>
    internal void CountQuery(string kind) => _queries.Add(1, new KeyValuePair<string, object?>("hotshelf.catalog.query.kind", kind));
}

/// <summary>The values of the attribute <c>hotshelf.catalog.query.kind</c>.</summary>
public static class QueryKinds
{
    /// <summary>One product by its number.</summary>
    public const string Product = "product";

    /// <summary>Several products by their numbers.</summary>
    public const string Products = "products";

    /// <summary>A page of a list.</summary>
    public const string ProductList = "product-list";

    /// <summary>One price.</summary>
    public const string Price = "price";

    /// <summary>Several prices.</summary>
    public const string Prices = "prices";

    /// <summary>One profile.</summary>
    public const string Profile = "profile";

    /// <summary>The numbers of products, for warming.</summary>
    public const string ProductIds = "product-ids";

    /// <summary>Versions, to compare the cache with.</summary>
    public const string Audit = "audit";

    /// <summary>A write of any kind.</summary>
    public const string Write = "write";
}
