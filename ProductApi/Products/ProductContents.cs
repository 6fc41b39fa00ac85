using System.Text;
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
        return new(body, EntityVersion.Digest(body));
    });

    /// <summary>Several products in the order asked for, put together when they are sent from the bytes that each has already.</summary>
    public PreparedContent Batch(int[] ids, IReadOnlyDictionary<int, Product> found)
    {
        var contents = new PreparedContent[found.Count];
        List<int>? missing = null;
        // Each number with its version: all that the answer shows depends on them.
        Span<long> versions = stackalloc long[2 * ProductRequests.MaximumBatch];
        versions = versions[..(2 * ids.Length)];
        var (count, length) = (0, 0);
        for (var i = 0; i < ids.Length; i++)
        {
            var isFound = found.TryGetValue(ids[i], out var product);
            (versions[2 * i], versions[(2 * i) + 1]) = (ids[i], isFound ? product!.Version : EntityVersion.None);
            if (isFound)
                length += (contents[count++] = Products[product!]).Body.Length;
            else
                (missing ??= []).Add(ids[i]);
        }

        var tail = missing is null ? "],\"missing\":[]}" : $"],\"missing\":[{string.Join(',', missing)}]}}";
        length += Head.Length + Math.Max(0, count - 1) + tail.Length;
        return new(length, body => Write(body, contents, tail), EntityVersion.Tag(versions)) { IsNegative = missing is not null };
    }

    private static ReadOnlySpan<byte> Head => "{\"items\":["u8;

    private static void Write(Span<byte> body, PreparedContent[] contents, string tail)
    {
        Head.CopyTo(body);
        body = body[Head.Length..];
        for (var i = 0; i < contents.Length; i++)
        {
            if (i > 0)
            {
                body[0] = (byte)',';
                body = body[1..];
            }

            var content = contents[i].Body.Span;
            content.CopyTo(body);
            body = body[content.Length..];
        }

        Encoding.ASCII.GetBytes(tail, body);
    }
}
