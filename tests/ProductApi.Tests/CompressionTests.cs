using System.IO.Compression;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

[Collection(FleetCollection.Name)]
public class CompressionTests(Fleet fleet)
{
    [ServersTheory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task List_Accepted_IsCompressedWithItsOwnTagAndTheSameContent(string coding)
    {
        const string Path = "/products?category=garden&pageSize=20";
        using var plain = await fleet.A.Client.GetAsync(Path);
        using var compressed = await fleet.A.Client.SendAsync("GET", Path, headers: ("Accept-Encoding", coding));
        using var head = await fleet.A.Client.SendAsync("HEAD", Path, headers: ("Accept-Encoding", coding));
        var bytes = await compressed.Content.ReadAsByteArrayAsync();
        Assert.Null(plain.Header("Content-Encoding"));
        Assert.Equal(coding, compressed.Header("Content-Encoding"));
        Assert.Equal(("Accept-Encoding", "Accept-Encoding"), (plain.Header("Vary"), compressed.Header("Vary")));
        Assert.InRange(bytes.Length, 1, plain.Content.Headers.ContentLength!.Value / 3);
        Assert.Equal(await plain.Content.ReadAsByteArrayAsync(), Decode(coding, bytes));
        Assert.Equal(plain.Header("ETag")!.Trim('"') + "-" + coding, compressed.Header("ETag")!.Trim('"'));
        Assert.Equal((coding, (long?)bytes.Length, compressed.Header("ETag")), (head.Header("Content-Encoding"), head.Content.Headers.ContentLength, head.Header("ETag")));

        using var same = await fleet.A.Client.SendAsync("GET", Path, headers: [("Accept-Encoding", coding), ("If-None-Match", compressed.Header("ETag")!)]);
        using var other = await fleet.A.Client.SendAsync("GET", Path, headers: ("If-None-Match", compressed.Header("ETag")!));
        Assert.Equal([304, 200], new[] { same, other }.Select(answer => (int)answer.StatusCode));
        Assert.Equal((compressed.Header("ETag"), "Accept-Encoding"), (same.Header("ETag"), same.Header("Vary")));
        Assert.Null(same.Header("Content-Encoding"));
    }

    [ServersFact]
    public async Task Write_WithTheTagOfACompressedAnswer_IsBasedOnItsVersion()
    {
        var path = $"/products/{Fleet.NextProduct()}";
        using var read = await fleet.A.Client.GetAsync(path);
        // Small products are not compressed, so the tag is written here as the list's test sees it.
        var tag = $"\"{read.Header("ETag")!.Trim('"')}-br\"";
        using var first = await fleet.A.Client.SendAsync("PUT", $"{path}/price", """{"amount":7}""", Keys.Write, headers: ("If-Match", tag));
        using var second = await fleet.A.Client.SendAsync("PUT", $"{path}/price", """{"amount":8}""", Keys.Write, headers: ("If-Match", tag));
        Assert.Equal([200, 412], new[] { first, second }.Select(answer => (int)answer.StatusCode));
    }

    [ServersTheory]
    [InlineData("/openapi/v1.json")]
    [InlineData("/metrics")]
    public async Task Documents_Accepted_AreCompressed(string path)
    {
        using var plain = await fleet.A.Client.GetAsync(path);
        using var compressed = await fleet.A.Client.SendAsync("GET", path, headers: ("Accept-Encoding", "br"));
        Assert.Equal("br", compressed.Header("Content-Encoding"));
        Assert.InRange((await compressed.Content.ReadAsByteArrayAsync()).Length, 1, (await plain.Content.ReadAsByteArrayAsync()).Length / 4);
    }

    private static byte[] Decode(string coding, byte[] bytes)
    {
        using Stream stream = coding == "br" ? new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress) : new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var decoded = new MemoryStream();
        stream.CopyTo(decoded);
        return decoded.ToArray();
    }
}
