using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using HotShelf.Caching.AspNetCore;
using HotShelf.Catalog;
using HotShelf.ProductApi.Http;

namespace HotShelf.ProductApi.Products;

/// <summary>The bytes of the catalog's answers: written once per fill, then handed out as they are.</summary>
internal sealed class ProductContents
{
    public PreparedContents<Product> Products { get; } = new(static product => new(
        JsonSerializer.SerializeToUtf8Bytes(ProductResponse.From(product), ApiJson.Types.ProductResponse), EntityVersion.Tag(product.Version)));

    public PreparedContents<CurrentPrice> Prices { get; } = new(static price => new(
        JsonSerializer.SerializeToUtf8Bytes(PriceResponse.From(price), ApiJson.Types.PriceResponse), EntityVersion.Tag(price.Version)));

    public PreparedContents<ProductPage> Pages { get; } = new(static page =>
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(ProductListResponse.From(page), ApiJson.Types.ProductListResponse);
        return new(body, ContentTag(body));
    });

    /// <summary>Several products in the order asked for, put together from the bytes that each has already.</summary>
    public PreparedContent Batch(ImmutableArray<int> ids, IReadOnlyDictionary<int, Product> found)
    {
        var body = new ArrayBufferWriter<byte>(ids.Length * 1024);
        using var versions = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var missing = new List<int>();
        body.Write("{\"items\":["u8);
        var first = true;
        foreach (var id in ids)
        {
            if (!found.TryGetValue(id, out var product))
            {
                missing.Add(id);
                continue;
            }

            if (!first)
                body.Write(","u8);
            first = false;
            var content = Products[product];
            body.Write(content.Body.Span);
            versions.AppendData(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}={content.EntityTag};")));
        }

        body.Write("],\"missing\":["u8);
        var tail = System.Text.Encoding.ASCII.GetBytes(string.Join(',', missing));
        body.Write(tail);
        versions.AppendData(tail);
        body.Write("]}"u8);
        return new(body.WrittenMemory, Quote(versions.GetHashAndReset())) { IsNegative = missing.Count > 0 };
    }

    private static string ContentTag(ReadOnlySpan<byte> body) => Quote(SHA256.HashData(body));

    private static string Quote(ReadOnlySpan<byte> digest) => $"\"{Base64Url.EncodeToString(digest[..16])}\"";
}
