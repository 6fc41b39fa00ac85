using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
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
        var contents = new PreparedContent?[ids.Length];
        var missing = new List<int>();
        var length = "{\"items\":[],\"missing\":[]}".Length;
        for (var i = 0; i < ids.Length; i++)
        {
            if (found.TryGetValue(ids[i], out var product))
                length += (contents[i] = Products[product]).Body.Length + 1;
            else
                missing.Add(ids[i]);
        }

        var tail = System.Text.Encoding.ASCII.GetBytes(string.Join(',', missing));
        var body = new ArrayBufferWriter<byte>(length + tail.Length);
        // What the body is made of: each number with its version, and those that are missing.
        var versions = new ArrayBufferWriter<byte>((ids.Length * 64) + tail.Length);
        body.Write("{\"items\":["u8);
        var first = true;
        for (var i = 0; i < ids.Length; i++)
        {
            if (contents[i] is not { } content)
                continue;
            if (!first)
                body.Write(","u8);
            first = false;
            body.Write(content.Body.Span);
            versions.Write(MemoryMarshal.AsBytes([ids[i]]));
            versions.Write(MemoryMarshal.AsBytes<char>(content.EntityTag));
        }

        body.Write("],\"missing\":["u8);
        body.Write(tail);
        versions.Write(tail);
        body.Write("]}"u8);
        return new(body.WrittenMemory, ContentTag(versions.WrittenSpan)) { IsNegative = missing.Count > 0 };
    }

    private static string ContentTag(ReadOnlySpan<byte> body) => Quote(SHA256.HashData(body));

    private static string Quote(ReadOnlySpan<byte> digest) => $"\"{Base64Url.EncodeToString(digest[..16])}\"";
}
