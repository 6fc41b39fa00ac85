using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.AspNetCore.Tests;

/// <summary>WithCacheHeaders on handlers that return what handlers return, over Kestrel.</summary>
public sealed class OrdinaryResultTests : IAsyncLifetime
{
    private const string WithGrace = "public, max-age=300, stale-while-revalidate=60, stale-if-error=60";

    private readonly WebApplication _app = Build();
    private readonly HttpClient _client = new();

    internal sealed record Product(int Id, string Name);

    internal static ValueTask<Product?> ReadAsync(HybridCache cache, int id) =>
        cache.GetOrCreateAsync($"product:{id}", _ => new ValueTask<Product?>(id == 404 ? null : new Product(id, new string('x', 2000))));

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Services.AddHotShelfCaching(static options =>
        {
            options.Families["product"] = new CachePolicy { Grace = TimeSpan.FromMinutes(1), Negative = TimeSpan.FromSeconds(10), Jitter = 0 };
            options.Families["price"] = new CachePolicy { Fresh = TimeSpan.FromSeconds(30), Jitter = 0 };
        });
        builder.Services.AddSingleton<StreamGate>();
        builder.Services.AddResponseCompression();
        builder.Services.AddSingleton(new PreparedContents<Product>(static product => new PreparedContent(Encoding.UTF8.GetBytes(product.Name), "\"v1\"")));
        // Everybody may: what counts is that it is asked.
        builder.Services.AddAuthorization(static options => options.DefaultPolicy = new AuthorizationPolicyBuilder().RequireAssertion(static _ => true).Build());
        builder.Services.AddControllers().AddApplicationPart(typeof(OrdinaryResultTests).Assembly);
        var app = builder.Build();
        app.UseWhen(static http => http.Request.Path.StartsWithSegments("/compressed"), static branch => branch.UseResponseCompression());
        // As a request log would: after the endpoint, from outside of it.
        app.Use(static (http, next) =>
        {
            http.Response.OnStarting(() =>
            {
                http.Response.Headers["X-Observed"] = http.Features.Get<CacheObservation>()?.Result.ToString();
                return Task.CompletedTask;
            });
            return next(http);
        });
        app.UseRouting();
        app.UseAuthorization();
        MapResults(app.MapGroup("").WithCacheHeaders("product"));
        MapResults(app.MapGroup("/compressed").WithCacheHeaders("product"));
        app.MapControllers().WithCacheHeaders("product");
        app.MapGet("/members/{id}", static (int id, HybridCache cache) => ReadAsync(cache, id)).RequireAuthorization().WithCacheHeaders("product");
        app.MapGet("/aged/{id}", static (int id, HybridCache cache) => ReadAsync(cache, id)).WithMetadata(new Aged()).WithCacheHeaders("product");
        app.MapGet("/shared/{id}", static (int id, HybridCache cache) => ReadAsync(cache, id)).RequireAuthorization().WithCacheHeaders("product", static options => options.Private = false);
        app.MapGroup("").RequireAuthorization().MapGet("/all/{id}", static (int id, HybridCache cache) => ReadAsync(cache, id)).AllowAnonymous().WithCacheHeaders("product");
        app.MapGet("/revalidated/{id}", static (int id, HybridCache cache) => ReadAsync(cache, id)).RequireAuthorization().WithCacheHeaders("product", static options => (options.AlwaysRevalidate, options.SharedFamily) = (true, "product"));
        app.MapGet("/prepared/{id}", static async (int id, int status, HybridCache cache, HttpResponse response, PreparedContents<Product> contents) =>
        {
            response.StatusCode = status;
            response.Headers.Vary = "Accept-Language, X-Tenant";
            return contents[(await ReadAsync(cache, id))!];
        }).WithCacheHeaders("product", static options => options.Vary.Add("x-tenant"));
        app.MapGet("/varying/{id}", static async (int id, string vary, HybridCache cache, HttpResponse response) =>
        {
            response.Headers.Vary = vary;
            return (await ReadAsync(cache, id))!.Name;
        }).WithCacheHeaders("product", static options => options.Vary.Add("X-Tenant"));
        app.MapGet("/own/{id}", static async (int id, int status, string cacheControl, HybridCache cache, HttpResponse response) =>
        {
            response.Headers.CacheControl = cacheControl;
            response.StatusCode = status;
            return await ReadAsync(cache, id);
        }).WithCacheHeaders("product");
        app.MapGet("/cookie/{id}", static (int id, HybridCache cache, HttpResponse response) =>
        {
            response.Cookies.Append("cart", "7");
            return ReadAsync(cache, id);
        }).WithCacheHeaders("product");
        app.MapGet("/signed-in/{id}", static (int id, HybridCache cache, HttpContext http) =>
        {
            http.User = new ClaimsPrincipal(new ClaimsIdentity("cookie"));
            return ReadAsync(cache, id);
        }).WithCacheHeaders("product");
        app.MapGet("/priced/{id}", static async (int id, HybridCache cache) =>
        {
            await cache.GetOrCreateAsync($"price:{id}", static _ => new ValueTask<int>(129));
            return await ReadAsync(cache, id);
        }).WithCacheHeaders("product");
        return app;
    }

    private static void MapResults(RouteGroupBuilder group)
    {
        string[] getAndHead = ["GET", "HEAD"];
        group.MapMethods("/value/{id}", getAndHead, static (int id, HybridCache cache) => ReadAsync(cache, id));
        group.MapMethods("/ok/{id}", getAndHead, static async (int id, HybridCache cache) => TypedResults.Ok(await ReadAsync(cache, id)));
        group.MapMethods("/either/{id}", getAndHead, static async Task<Results<Ok<Product>, NotFound>> (int id, HybridCache cache) =>
            await ReadAsync(cache, id) is { } product ? TypedResults.Ok(product) : TypedResults.NotFound());
        group.MapMethods("/json/{id}", getAndHead, static async (int id, HybridCache cache) => Results.Json(await ReadAsync(cache, id)));
        group.MapMethods("/text/{id}", getAndHead, static async (int id, HybridCache cache) => (await ReadAsync(cache, id))!.Name);
        group.MapMethods("/content/{id}", getAndHead, static async (int id, HybridCache cache) => Results.Content((await ReadAsync(cache, id))!.Name, "text/csv"));
        group.MapMethods("/bytes/{id}", getAndHead, static async (int id, HybridCache cache) => Results.Bytes(Encoding.UTF8.GetBytes((await ReadAsync(cache, id))!.Name), "image/png"));
        group.MapGet("/status/{id}", static async (int id, HybridCache cache, HttpResponse response) =>
        {
            response.StatusCode = await ReadAsync(cache, id) is null ? 404 : 202;
            return "";
        });
        group.MapGet("/written/{id}", static async (int id, HybridCache cache, HttpResponse response) => await response.WriteAsync((await ReadAsync(cache, id))!.Name));
        group.MapGet("/nothing-read", static () => new Product(1, "x"));
        group.MapPost("/value/{id}", static (int id, HybridCache cache) => ReadAsync(cache, id));
        group.MapGet("/throws/{id}", static async Task<Product> (int id, HybridCache cache) => throw new InvalidOperationException((await ReadAsync(cache, id))!.Name));
        group.MapGet("/unserializable/{id}", static async (int id, HybridCache cache) => new { Read = await ReadAsync(cache, id), Failing = new Failing() });
        group.MapGet("/problem/{id}", static async (int id, HybridCache cache) => TypedResults.Problem((await ReadAsync(cache, id))!.Name, statusCode: 409));
        group.MapGet("/large/{id}", static async (int id, HybridCache cache) => $"{(await ReadAsync(cache, id))!.Id}{new string('y', BufferedBody.Limit)}");
        group.MapGet("/stream/{id}", static async (int id, HybridCache cache, StreamGate gate) => TypedResults.Ok(gate.Stream((await ReadAsync(cache, id))!.Id)));
        group.MapGet("/file/{id}", static async (int id, HybridCache cache) => Results.Bytes(Encoding.UTF8.GetBytes((await ReadAsync(cache, id))!.Name), enableRangeProcessing: true));
    }

    /// <summary>Fails when it is serialized.</summary>
    private sealed class Failing(string? name = null)
    {
        public string Name => name ?? throw new InvalidOperationException("no name");
    }

    /// <summary>Requires authorization by nothing but a requirement, which everybody meets.</summary>
    private sealed class Aged : IAuthorizationRequirementData
    {
        public IEnumerable<IAuthorizationRequirement> GetRequirements() => [new AssertionRequirement(static _ => true)];
    }

    /// <summary>A stream whose second element comes when the test says so.</summary>
    private sealed class StreamGate
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open() => _opened.SetResult();

        public async IAsyncEnumerable<int> Stream(int first)
        {
            yield return first;
            await _opened.Task;
            yield return first + 1;
        }
    }

    public async Task InitializeAsync()
    {
        await _app.StartAsync();
        _client.BaseAddress = new Uri(_app.Urls.Single());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private Task<HttpResponseMessage> SendAsync(string path, HttpMethod? method = null, string? ifNoneMatch = null, string? acceptEncoding = null, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        if (ifNoneMatch is not null)
            request.Headers.Add("If-None-Match", ifNoneMatch);
        if (ifMatch is not null)
            request.Headers.Add("If-Match", ifMatch);
        if (acceptEncoding is not null)
            request.Headers.Add("Accept-Encoding", acceptEncoding);
        return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    [Theory]
    [InlineData("/value/1", "application/json")]
    [InlineData("/ok/1", "application/json")]
    [InlineData("/either/1", "application/json")]
    [InlineData("/json/1", "application/json")]
    [InlineData("/text/1", "text/plain")]
    [InlineData("/content/1", "text/csv")]
    [InlineData("/bytes/1", "image/png")]
    public async Task Result_Read_HasAllHeadersAndIsNotModifiedAfterwards(string path, string mediaType)
    {
        using var first = await SendAsync(path);
        Assert.Equal((HttpStatusCode.OK, mediaType), (first.StatusCode, first.Content.Headers.ContentType!.MediaType));
        Assert.Equal("hotshelf; fwd=miss; stored; detail=origin", Header(first, "Cache-Status"));
        Assert.Equal("Miss", Header(first, "X-Observed"));
        Assert.Equal(WithGrace, Header(first, "Cache-Control"));
        Assert.Equal("0", Header(first, "Age"));
        var tag = first.Headers.ETag!.ToString();
        Assert.True(first.Headers.ETag.IsWeak);
        var body = await first.Content.ReadAsByteArrayAsync();
        Assert.Contains(new string('x', 2000), Encoding.UTF8.GetString(body), StringComparison.Ordinal);

        using var head = await SendAsync(path, HttpMethod.Head);
        Assert.Equal((HttpStatusCode.OK, tag, body.Length), (head.StatusCode, head.Headers.ETag!.ToString(), head.Content.Headers.ContentLength!.Value));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            using var second = await SendAsync(path, method, ifNoneMatch: $"\"other\", {tag}");
            Assert.Equal((HttpStatusCode.NotModified, tag, WithGrace), (second.StatusCode, second.Headers.ETag!.ToString(), Header(second, "Cache-Control")));
            Assert.StartsWith("hotshelf; hit; ttl=", Header(second, "Cache-Status"), StringComparison.Ordinal);
            Assert.Equal("Hit", Header(second, "X-Observed"));
            Assert.Null(second.Content.Headers.ContentType);
            Assert.Empty(await second.Content.ReadAsByteArrayAsync());
        }

        using var third = await SendAsync(path, ifNoneMatch: "\"other\"");
        Assert.Equal(body, await third.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Value_OtherContent_OtherTag()
    {
        using var one = await SendAsync("/value/1");
        using var two = await SendAsync("/value/2", ifNoneMatch: one.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, two.StatusCode);
        Assert.NotEqual(one.Headers.ETag, two.Headers.ETag);
    }

    [Fact]
    public async Task Value_IfMatch_WeakTagMatchesNothing()
    {
        using var one = await SendAsync("/value/1");
        using var refused = await SendAsync("/value/1", ifMatch: one.Headers.ETag!.ToString());
        Assert.Equal((HttpStatusCode.PreconditionFailed, "no-store"), (refused.StatusCode, Header(refused, "Cache-Control")));
        using var any = await SendAsync("/value/1", ifMatch: "*");
        Assert.Equal(HttpStatusCode.OK, any.StatusCode);
    }

    [Theory]
    [InlineData(200, "private, no-store", "private, no-store")]
    [InlineData(200, "public, max-age=7", "public, max-age=7")]
    [InlineData(409, "public, max-age=7", "no-store")]
    public async Task CacheControl_OfTheHandlerItself_StaysUnlessTheAnswerIsAnError(int status, string given, string sent)
    {
        using var response = await SendAsync($"/own/1?status={status}&cacheControl={Uri.EscapeDataString(given)}");
        Assert.Equal(CacheControlHeaderValue.Parse(sent), response.Headers.CacheControl);
        Assert.Equal("hotshelf; fwd=miss; stored; detail=origin", Header(response, "Cache-Status"));
    }

    [Theory]
    [InlineData("/cookie/1")]
    [InlineData("/signed-in/1")]
    public async Task Answer_ToOneUser_IsPrivate(string path)
    {
        using var response = await SendAsync(path);
        Assert.Equal((true, false, TimeSpan.FromSeconds(300)), (response.Headers.CacheControl!.Private, response.Headers.CacheControl.Public, response.Headers.CacheControl.MaxAge!.Value));
    }

    [Fact]
    public async Task Answer_OfSeveralReads_IsKeptAsLongAsTheFirstToExpireIsFresh()
    {
        using var first = await SendAsync("/priced/1");
        Assert.StartsWith("public, max-age=30,", Header(first, "Cache-Control"), StringComparison.Ordinal);
        // Both are stored now, and the last one read is fresh for longer.
        using var second = await SendAsync("/priced/1");
        Assert.StartsWith("hotshelf; hit; ttl=", Header(second, "Cache-Status"), StringComparison.Ordinal);
        Assert.InRange(second.Headers.CacheControl!.MaxAge!.Value - second.Headers.Age!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("/either/404", HttpStatusCode.NotFound)]
    [InlineData("/status/404", HttpStatusCode.NotFound)]
    [InlineData("/value/404", HttpStatusCode.OK)]
    [InlineData("/ok/404", HttpStatusCode.OK)]
    [InlineData("/json/404", HttpStatusCode.OK)]
    public async Task Result_NothingFound_KeptForItsNegativeLifetimeWithoutGrace(string path, HttpStatusCode status)
    {
        using var response = await SendAsync(path, ifNoneMatch: "*");
        if (status == HttpStatusCode.NotFound)
        {
            Assert.Equal(status, response.StatusCode);
            Assert.Null(response.Headers.ETag);
        }

        Assert.Equal("public, max-age=10", Header(response, "Cache-Control"));
        Assert.NotNull(Header(response, "Cache-Status"));
    }

    [Fact]
    public async Task Result_WrittenByTheHandler_IsLeftAsItIs()
    {
        using var response = await SendAsync("/written/1");
        Assert.Equal(new string('x', 2000), await response.Content.ReadAsStringAsync());
        Assert.Null(Header(response, "Cache-Control"));
    }

    [Theory]
    [InlineData("/problem/1", HttpStatusCode.Conflict)]
    [InlineData("/status/1", HttpStatusCode.Accepted)]
    [InlineData("/nothing-read", HttpStatusCode.OK)]
    [InlineData("/file/1", HttpStatusCode.OK)]
    public async Task Result_ErrorUnknownStatusOrNothingRead_IsNotKept(string path, HttpStatusCode status)
    {
        using var response = await SendAsync(path, ifNoneMatch: "*");
        Assert.Equal((status, "no-store"), (response.StatusCode, Header(response, "Cache-Control")));
        Assert.Null(response.Headers.ETag);
    }

    [Theory]
    [InlineData("/throws/1")]
    [InlineData("/unserializable/1")]
    public async Task Handler_Throws_ErrorPageWithoutHeadersOfTheCache(string path)
    {
        using var response = await SendAsync(path);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Null(response.Headers.ETag);
        Assert.DoesNotContain("max-age", Header(response, "Cache-Control") ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ReadsTheCache_IsNeitherKeptNorConditional()
    {
        using var response = await SendAsync("/value/1", HttpMethod.Post, ifNoneMatch: "*");
        Assert.Equal((HttpStatusCode.OK, "no-store"), (response.StatusCode, Header(response, "Cache-Control")));
        Assert.Equal(1, (await response.Content.ReadFromJsonAsync<Product>())!.Id);
    }

    [Fact]
    public async Task Body_AboveTheLimit_ArrivesWholeWithoutATag()
    {
        using var response = await SendAsync("/large/7");
        Assert.Null(response.Headers.ETag);
        Assert.Equal(WithGrace, Header(response, "Cache-Control"));
        Assert.Equal($"7{new string('y', BufferedBody.Limit)}", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AsyncEnumerable_ElementsArriveAsTheyCome()
    {
        using var response = await SendAsync("/stream/5");
        Assert.Null(response.Headers.ETag);
        Assert.Equal(WithGrace, Header(response, "Cache-Control"));
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[2];
        await body.ReadExactlyAsync(first);
        Assert.Equal("[5", Encoding.UTF8.GetString(first));
        _app.Services.GetRequiredService<StreamGate>().Open();
        using var rest = new StreamReader(body);
        Assert.Equal(",6]", await rest.ReadToEndAsync());
    }

    [Fact]
    public async Task Value_CompressedByAMiddleware_SameTagForEachCoding()
    {
        using var plain = await SendAsync("/compressed/value/1");
        var tag = plain.Headers.ETag!.ToString();
        using var compressed = await SendAsync("/compressed/value/1", acceptEncoding: "br");
        Assert.Equal(("br", tag), (compressed.Content.Headers.ContentEncoding.Single(), compressed.Headers.ETag!.ToString()));
        Assert.Contains("Accept-Encoding", compressed.Headers.Vary);
        using var same = await SendAsync("/compressed/value/1", ifNoneMatch: tag, acceptEncoding: "br");
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Empty(same.Content.Headers.ContentEncoding);
    }

    [Theory]
    [InlineData("/members/1", null, "private, max-age=300, stale-while-revalidate=60, stale-if-error=60")]
    [InlineData("/aged/1", null, "private, max-age=300, stale-while-revalidate=60, stale-if-error=60")]
    [InlineData("/revalidated/1", null, "private, no-cache")]
    [InlineData("/value/1", "Bearer secret", "private, max-age=300, stale-while-revalidate=60, stale-if-error=60")]
    [InlineData("/all/1", null, WithGrace)]
    [InlineData("/shared/1", "Bearer secret", WithGrace)]
    public async Task Answer_ToAKnownCaller_IsPrivateUnlessToldOtherwise(string path, string? authorization, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await _client.SendAsync(request);
        // As it was sent: the client's own header type has another order.
        Assert.Equal((HttpStatusCode.OK, expected), (response.StatusCode, response.Headers.NonValidated["Cache-Control"].ToString()));
    }

    [Theory]
    [InlineData("/varying/1?vary=Accept-Language", "Accept-Language, X-Tenant")]
    [InlineData("/varying/1?vary=x-tenant", "x-tenant")]
    [InlineData("/varying/1?vary=*", "*")]
    [InlineData("/prepared/1?status=200", "Accept-Language, X-Tenant, Accept-Encoding")]
    public async Task Vary_OfTheHandler_IsKept(string path, string expected)
    {
        using var response = await SendAsync(path);
        Assert.Equal(expected, Header(response, "Vary"));
    }

    [Theory]
    [InlineData(503, "no-store")]
    [InlineData(404, "public, max-age=300")]
    public async Task PreparedContent_WithAnotherStatus_IsAnsweredWithIt(int status, string expected)
    {
        using var response = await SendAsync($"/prepared/1?status={status}", ifNoneMatch: "*");
        Assert.Equal((status, expected), ((int)response.StatusCode, Header(response, "Cache-Control")));
        Assert.Null(response.Headers.ETag);
    }

    [Fact]
    public async Task Controller_ReadsTheCache_KeepsItsOwnFormatting()
    {
        using var response = await SendAsync("/controller/1");
        Assert.Equal(1, (await response.Content.ReadFromJsonAsync<Product>())!.Id);
        Assert.NotNull(Header(response, "Cache-Status"));
        Assert.Null(response.Headers.ETag);
    }
}

/// <summary>A controller beside the handlers.</summary>
public sealed class ProductController(HybridCache cache) : ControllerBase
{
    [HttpGet("/controller/{id}")]
    public async Task<IActionResult> Get(int id) => Ok(await OrdinaryResultTests.ReadAsync(cache, id));
}
