using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;

namespace HotShelf.ServiceDefaults.Tests;

/// <summary>What the defaults choose for HTTP clients. How the packages retry and find services is their own affair.</summary>
public sealed class HttpClientTests : IAsyncLifetime
{
    private readonly WebApplication _server;
    private int _calls;
    private int _status = StatusCodes.Status200OK;

    public HttpClientTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.Urls.Add("http://127.0.0.1:0");
        _server.Run(context =>
        {
            _ = Interlocked.Increment(ref _calls);
            context.Response.StatusCode = _status;
            return context.Response.WriteAsync(context.Request.Path);
        });
    }

    private string Address => _server.Urls.First();

    public Task InitializeAsync() => _server.StartAsync();

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    [Theory]
    [InlineData("GET", 4)]
    [InlineData("POST", 1)]
    [InlineData("PUT", 1)]
    [InlineData("DELETE", 1)]
    public async Task Send_TransientFailure_IsRetriedForSafeMethodsOnly(string method, int calls)
    {
        _status = StatusCodes.Status503ServiceUnavailable;
        await using var services = Services();
        using var request = new HttpRequestMessage(new HttpMethod(method), Address);
        using var response = await Client(services).SendAsync(request);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(calls, _calls);
    }

    [Fact]
    public async Task Send_ServiceName_ReachesTheConfiguredAddress()
    {
        await using var services = Services(("Services:productapi:http:0", Address));
        Assert.Equal("/x", await Client(services).GetStringAsync(new Uri("https+http://productapi/x")));
    }

    private static HttpClient Client(IServiceProvider services) => services.GetRequiredService<IHttpClientFactory>().CreateClient("tested");

    private static ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Services.AddSingleton<IConfiguration>(builder.Configuration);
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        // The pauses are real ones: short, so that the tests are.
        builder.Services.ConfigureAll<HttpStandardResilienceOptions>(options => options.Retry.Delay = TimeSpan.FromMilliseconds(10));
        return builder.Services.BuildServiceProvider();
    }
}
