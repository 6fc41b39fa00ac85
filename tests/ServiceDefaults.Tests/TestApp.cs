using HotShelf.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HotShelf.ServiceDefaults.Tests;

/// <summary>A process with the defaults, on a real socket at a free port.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private TestApp(WebApplication app, LogCollector logs)
    {
        App = app;
        Logs = logs;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        // Without a propagator the client makes no activity of its own: a trace seen by a test is the server's.
        Client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = new Uri(address) };
    }

    public WebApplication App { get; }

    public HttpClient Client { get; }

    public LogCollector Logs { get; }

    public static async Task<TestApp> StartAsync(
        Action<WebApplicationBuilder>? build = null,
        Action<WebApplication>? map = null,
        Action<ServiceDefaultsOptions>? defaults = null,
        string environment = "Development",
        params (string Key, string Value)[] settings)
    {
        var app = Create(out var logs, build, map, defaults, environment, settings);
        await app.StartAsync();
        return new TestApp(app, logs);
    }

    public static WebApplication Create(
        out LogCollector logs,
        Action<WebApplicationBuilder>? build = null,
        Action<WebApplication>? map = null,
        Action<ServiceDefaultsOptions>? defaults = null,
        string environment = "Development",
        params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment, ApplicationName = "Tests" });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("urls", (string?)"http://127.0.0.1:0")]);
        var collector = logs = new LogCollector();
        builder.Logging.AddProvider(collector);
        builder.AddServiceDefaults(options =>
        {
            options.DrainDelay ??= TimeSpan.Zero;
            defaults?.Invoke(options);
        });
        build?.Invoke(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        return app;
    }

    public async Task<(int Status, string Body)> GetAsync(string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
            Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));
        using var response = await Client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
