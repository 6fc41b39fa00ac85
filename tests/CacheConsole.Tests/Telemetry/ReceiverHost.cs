using HotShelf.CacheConsole.Telemetry.Otlp;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>The receiver beside a page, on three free ports of a real server.</summary>
internal sealed class ReceiverHost : IAsyncDisposable
{
    public const string Key = "0123456789abcdef0123456789abcdef";

    private readonly WebApplication _app;

    private ReceiverHost(WebApplication app)
    {
        _app = app;
        var urls = app.Urls.ToArray();
        (Page, Http, Grpc) = (new Uri(urls[0]), new Uri(urls[1]), new Uri(urls[2]));
    }

    public Uri Page { get; }

    public Uri Http { get; }

    public Uri Grpc { get; }

    public LogStore Logs => _app.Services.GetRequiredService<LogStore>();

    public TraceStore Traces => _app.Services.GetRequiredService<TraceStore>();

    public MetricStore Metrics => _app.Services.GetRequiredService<MetricStore>();

    public IntakeCount Count => _app.Services.GetRequiredService<IntakeCount>();

    public static async Task<ReceiverHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(static s => s.Key, static string? (s) => s.Value));
        builder.Configuration["CacheConsole:Otlp:PrimaryApiKey"] ??= Key;
        builder.Services.AddSingleton(TimeProvider.System).AddRoutingCore().AddLogging(static logging => logging.SetMinimumLevel(LogLevel.None));
        builder.Services.AddAuthorization();
        builder.AddOtlpReceiver();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, static endpoint => endpoint.UseOtlp(HttpProtocols.Http1));
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, static endpoint => endpoint.UseOtlp(HttpProtocols.Http2));
        });
        var app = builder.Build();
        app.UseRouting();
        app.UseOtlpReceiver();
        app.MapOtlpReceiver();
        app.MapGet("/", static () => "a page");
        await app.StartAsync();
        return new ReceiverHost(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
