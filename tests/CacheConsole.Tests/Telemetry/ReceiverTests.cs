using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>OTLP over HTTP on a real server: the specification's answers, and nobody else's data.</summary>
public sealed class ReceiverTests : IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private ReceiverHost _host = null!;

    public async Task InitializeAsync() => _host = await ReceiverHost.StartAsync(("CacheConsole:Otlp:MaximumRequestBytes", "65536"), ("CacheConsole:Otlp:SecondaryApiKey", "fedcba9876543210"));

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Post_WithTheKey_IsTakenAndAnsweredInKind()
    {
        using var answer = await SendAsync("/v1/logs", Otlp.Logs(Otlp.Log("hello")).ToByteArray());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/x-protobuf", answer.Content.Headers.ContentType!.MediaType);
        Assert.Null(ExportLogsServiceResponse.Parser.ParseFrom(await answer.Content.ReadAsByteArrayAsync()).PartialSuccess);
        Assert.Equal("hello", Assert.Single(_host.Logs.Snapshot()).Message);
    }

    [Fact]
    public async Task Post_OfEachSignalPacked_IsTaken()
    {
        foreach (var (path, message) in new (string, IMessage)[] { ("/v1/logs", Otlp.Logs(Otlp.Log("a"))), ("/v1/traces", Otlp.Traces(Otlp.Span(1, 1))), ("/v1/metrics", Otlp.Metrics(Otlp.Counter("c", 1, Otlp.Now))) })
        {
            using var answer = await SendAsync(path, Packed(message.ToByteArray()), encoding: "gzip");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal((1, 1, 1, 3L), (_host.Logs.Use.Count, _host.Traces.Use.Count, _host.Metrics.Use.Count, _host.Count.Received));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcdeF")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    public async Task Post_WithoutTheKey_IsRefused(string? key)
    {
        using var answer = await SendAsync("/v1/logs", Otlp.Logs(Otlp.Log("a")).ToByteArray(), key: key);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(16, RpcStatus.Parser.ParseFrom(await answer.Content.ReadAsByteArrayAsync()).Code);
        Assert.Empty(_host.Logs.Snapshot());
    }

    [Fact]
    public async Task Post_WithTheSecondKey_IsTaken()
    {
        using var answer = await SendAsync("/v1/logs", Otlp.Logs(Otlp.Log("a")).ToByteArray(), key: "fedcba9876543210");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Post_OfSomethingElse_IsAnsweredWithAStatus()
    {
        var random = new Random(4711);
        for (var i = 0; i < 200; i++)
        {
            var body = new byte[random.Next(1, 400)];
            random.NextBytes(body);
            using var answer = await SendAsync(i % 3 == 0 ? "/v1/logs" : i % 3 == 1 ? "/v1/traces" : "/v1/metrics", body, encoding: i % 5 == 0 ? "gzip" : null);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{i}: {answer.StatusCode}");
            if (answer.StatusCode == HttpStatusCode.BadRequest)
                Assert.Equal(3, RpcStatus.Parser.ParseFrom(await answer.Content.ReadAsByteArrayAsync()).Code);
        }
    }

    [Fact]
    public async Task Post_Truncated_IsRefused()
    {
        var whole = Otlp.Traces(Otlp.Span(1, 1)).ToByteArray();
        using var answer = await SendAsync("/v1/traces", whole[..^3]);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var packed = await SendAsync("/v1/traces", Packed(whole)[..^12], encoding: "gzip");
        Assert.Equal(HttpStatusCode.BadRequest, packed.StatusCode);
    }

    [Fact]
    public async Task Post_NestedWithoutEnd_IsRefused()
    {
        var value = new AnyValue { StringValue = "core" };
        for (var i = 0; i < 300; i++)
            value = new AnyValue { ArrayValue = new ArrayValue { Values = { value } } };
        using var answer = await SendAsync("/v1/logs", Otlp.Logs(Otlp.Log("x", 9, new KeyValue { Key = "deep", Value = value })).ToByteArray());
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Post_LargerThanTheBound_IsRefusedAsSentAndAsUnpacked()
    {
        var large = Otlp.Logs(Otlp.Log(new string('x', 100_000))).ToByteArray();
        using var plain = await SendAsync("/v1/logs", large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, plain.StatusCode);
        using var packed = await SendAsync("/v1/logs", Packed(large), encoding: "gzip");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, packed.StatusCode);
        Assert.Empty(_host.Logs.Snapshot());
    }

    [Theory]
    [InlineData("application/json", null)]
    [InlineData("application/x-protobuf", "br")]
    public async Task Post_OfAnotherType_IsRefused(string type, string? encoding)
    {
        using var answer = await SendAsync("/v1/logs", Otlp.Logs(Otlp.Log("a")).ToByteArray(), encoding: encoding, type: type);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task Post_PartlyWrong_SaysWhatWasNotTaken()
    {
        using var answer = await SendAsync("/v1/traces", Otlp.Traces(Otlp.Span(0, 1), Otlp.Span(1, 1)).ToByteArray());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var partial = ExportTraceServiceResponse.Parser.ParseFrom(await answer.Content.ReadAsByteArrayAsync()).PartialSuccess;
        Assert.Equal(1, partial.RejectedSpans);
        Assert.NotEmpty(partial.ErrorMessage);
        Assert.Equal((1L, 1L), (_host.Count.Received, _host.Count.Rejected));
    }

    [Fact]
    public async Task Ports_OfReceiverAndPages_AnswerOnlyTheirOwn()
    {
        Assert.Equal("a page", await _client.GetStringAsync(_host.Page));
        using var page = await _client.GetAsync(_host.Http);
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        using var request = Request(new Uri(_host.Page, "/v1/logs"), Otlp.Logs(Otlp.Log("a")).ToByteArray(), ReceiverHost.Key, null, "application/x-protobuf");
        using var telemetry = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, telemetry.StatusCode);
        Assert.Empty(_host.Logs.Snapshot());
    }

    private static byte[] Packed(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(body);
        return packed.ToArray();
    }

    private async Task<HttpResponseMessage> SendAsync(string path, byte[] body, string? key = ReceiverHost.Key, string? encoding = null, string type = "application/x-protobuf")
    {
        using var request = Request(new Uri(_host.Http, path), body, key, encoding, type);
        return await _client.SendAsync(request);
    }

    private static HttpRequestMessage Request(Uri address, byte[] body, string? key, string? encoding, string type)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(type) } } };
        if (encoding is not null)
            request.Content.Headers.ContentEncoding.Add(encoding);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("x-otlp-api-key", key);
        return request;
    }
}
