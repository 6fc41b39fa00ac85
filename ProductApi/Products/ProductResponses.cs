using System.Collections.Immutable;
using HotShelf.Catalog;

namespace HotShelf.ProductApi.Products;

/// <summary>A product.</summary>
internal sealed record ProductResponse(
    int Id, string Sku, string Name, string Description, string Category, decimal Price, string Currency, ImmutableArray<string> Tags, DateTimeOffset UpdatedAt)
{
    public static ProductResponse From(Product product) => new(
        product.Id, product.Sku, product.Name, product.Description, product.Category, product.Price, product.Currency,
        product.Tags.IsDefault ? [] : product.Tags, product.UpdatedAt);
}

/// <summary>A page of products. <paramref name="Page"/> is absent when the page was asked for by cursor, <paramref name="Next"/> on the last page.</summary>
internal sealed record ProductListResponse(ImmutableArray<ProductResponse> Items, int? Page, int PageSize, int Total, string? Next)
{
    public static ProductListResponse From(ProductPage page) => new([.. page.Items.Select(ProductResponse.From)], page.Page, page.PageSize, page.Total, page.Next);
}

/// <summary>Several products; <paramref name="Missing"/> are the numbers that name none.</summary>
internal sealed record ProductBatchResponse(ImmutableArray<ProductResponse> Items, ImmutableArray<int> Missing);

/// <summary>What a product costs, and since when.</summary>
internal sealed record PriceResponse(int ProductId, decimal Amount, string Currency, DateTimeOffset AsOf)
{
    public static PriceResponse From(CurrentPrice price) => new(price.ProductId, price.Amount, price.Currency, price.AsOf);
}
