using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace HotShelf.ServiceDefaults.Tests;

public sealed class HttpClientTests : IAsyncLifetime
{
    private readonly WebApplication _server;
    private int _calls;
    private Func<int, HttpContext, Task> _answer = static (_, _) => Task.CompletedTask;

    public HttpClientTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.Urls.Add("http://127.0.0.1:0");
        _server.Run(context => _answer(Interlocked.Increment(ref _calls), context));
    }

    private string Address => _server.Urls.First();

    public Task InitializeAsync() => _server.StartAsync();

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task Get_TransientAnswer_IsTriedAgain(int status)
    {
        _answer = (call, context) =>
        {
            context.Response.StatusCode = call < 3 ? status : 200;
            return Task.CompletedTask;
        };
        await using var services = Services();
        using var response = await Client(services).GetAsync(Address);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, _calls);
    }

    [Fact]
    public async Task Get_LastingFailure_IsTheLastAnswerAfterThreeRetries()
    {
        _answer = Status(502);
        await using var services = Services();
        using var response = await Client(services).GetAsync(Address);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(4, _calls);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(400)]
    [InlineData(401)]
    public async Task Get_AnswerThatWillNotChange_IsNotTriedAgain(int status)
    {
        _answer = Status(status);
        await using var services = Services();
        using var response = await Client(services).GetAsync(Address);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Post_TransientAnswer_IsNotTriedAgain()
    {
        _answer = Status(503);
        await using var services = Services();
        using var response = await Client(services).PostAsync(Address, content: null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Get_RetryAfter_IsWaitedFor()
    {
        _answer = (call, context) =>
        {
            context.Response.StatusCode = call == 1 ? 503 : 200;
            context.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        };
        await using var services = Services();
        var startedAt = Stopwatch.GetTimestamp();
        using var response = await Client(services).GetAsync(Address);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.InRange(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, 0.95, 20);
    }

    [Fact]
    public async Task Get_AttemptHangs_IsCutAndTriedAgain()
    {
        _answer = (call, context) => call == 1 ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        await using var services = Services(options => options.AttemptTimeout.Timeout = TimeSpan.FromMilliseconds(200));
        using var response = await Client(services).GetAsync(Address);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, _calls);
    }

    [Fact]
    public async Task Get_AllAttemptsHang_EndsAtTheTotalLimit()
    {
        _answer = (_, context) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await using var services = Services(options =>
        {
            options.AttemptTimeout.Timeout = TimeSpan.FromMilliseconds(200);
            options.TotalRequestTimeout.Timeout = TimeSpan.FromMilliseconds(500);
        });
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => Client(services).GetAsync(Address));
    }

    [Fact]
    public async Task Get_MostAttemptsFail_TheBreakerRefusesWithoutCalling()
    {
        _answer = Status(500);
        await using var services = Services(options => options.CircuitBreaker.MinimumThroughput = 4);
        (await Client(services).GetAsync(Address)).Dispose();
        Assert.Equal(4, _calls);
        await Assert.ThrowsAsync<BrokenCircuitException>(() => Client(services).GetAsync(Address));
        Assert.Equal(4, _calls);
    }

    [Fact]
    public async Task Get_CallerGivesUp_IsACancellationAndNotTriedAgain()
    {
        using var caller = new CancellationTokenSource();
        _answer = async (_, context) =>
        {
            await caller.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        await using var services = Services();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(services).GetAsync(Address, caller.Token));
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Options_AttemptLongerThanTotal_AreRefusedByName()
    {
        await using var services = Services(options => options.AttemptTimeout.Timeout = TimeSpan.FromMinutes(1));
        var exception = Assert.Throws<OptionsValidationException>(() => Client(services));
        Assert.Contains("AttemptTimeout:Timeout", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://productapi/x", "Services:productapi:http:0")]
    [InlineData("https+http://productapi/x", "Services:productapi:http:0")]
    [InlineData("http://_admin.productapi/x", "Services:productapi:admin:0")]
    public async Task Discovery_ServiceName_ReachesTheConfiguredAddress(string url, string key)
    {
        _answer = (_, context) => context.Response.WriteAsync(context.Request.Path);
        await using var services = Services(settings: (key, Address));
        Assert.Equal("/x", await Client(services).GetStringAsync(new Uri(url)));
    }

    [Fact]
    public async Task Discovery_SchemesInOrder_TheFirstConfiguredIsTaken()
    {
        await using var services = Services(settings: [("Services:productapi:https:0", "https://127.0.0.1:1"), ("Services:productapi:http:0", Address)]);
        (await Client(services).GetAsync(new Uri("http+https://productapi/"))).Dispose();
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Discovery_SeveralAddresses_TakeTurns()
    {
        await using var services = Services(
            options => options.Retry.MaxRetryAttempts = 1,
            ("Services:productapi:http:0", Address), ("Services:productapi:http:1", $"http://127.0.0.1:{TestServers.ServerProcess.FreePort()}"));
        // Each request's failed attempt is followed by one at the other address.
        for (var i = 0; i < 6; i++)
            (await Client(services).GetAsync(new Uri("http://productapi/"))).EnsureSuccessStatusCode().Dispose();
        Assert.Equal(6, _calls);
    }

    [Fact]
    public async Task Discovery_UnknownName_PassesThrough()
    {
        await using var services = Services();
        (await Client(services).GetAsync(new Uri(Address))).EnsureSuccessStatusCode().Dispose();
    }

    private static Func<int, HttpContext, Task> Status(int status) => (_, context) =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private static HttpClient Client(IServiceProvider services) => services.GetRequiredService<IHttpClientFactory>().CreateClient("tested");

    private static ServiceProvider Services(Action<HttpStandardResilienceOptions>? configure = null, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Services.AddSingleton<IConfiguration>(builder.Configuration);
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        // The pauses are real ones: short, so that the tests are.
        builder.Services.ConfigureAll<HttpStandardResilienceOptions>(options => options.Retry.Delay = TimeSpan.FromMilliseconds(10));
        if (configure is not null)
            builder.Services.ConfigureAll(configure);
        return builder.Services.BuildServiceProvider();
    }
}
