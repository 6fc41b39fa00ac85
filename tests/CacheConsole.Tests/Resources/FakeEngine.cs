using System.Collections.Concurrent;
using System.Threading.Channels;
using HotShelf.CacheConsole.Resources;
using HotShelf.CacheConsole.Telemetry.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HotShelf.CacheConsole.Tests.Resources;

/// <summary>The engine's feed as docs/aspire.md describes it, on a free port, and a console's side of it.</summary>
internal sealed class FakeEngine : IAsyncDisposable
{
    public const string Key = "the key of this run";

    private readonly ConcurrentDictionary<string, ResourceInstance> _instances = new();
    private readonly ConcurrentDictionary<Channel<ResourceInstance>, bool> _watchers = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<FeedLine>> _lines = new();
    private WebApplication? _app;
    private CancellationTokenSource _life = new();

    public ConcurrentQueue<string> Commands { get; } = new();

    public Uri Url { get; private set; } = null!;

    public async Task StartAsync()
    {
        _life = new CancellationTokenSource();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, Url?.Port ?? 0));
        builder.Services.AddRoutingCore().AddLogging(static logging => logging.SetMinimumLevel(LogLevel.None));
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        _app = builder.Build();
        _app.Use((http, next) =>
        {
            if (http.Request.Headers["x-resource-service-api-key"] == Key)
                return next(http);
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });
        _app.UseRouting();
        _app.MapGet("/resources", () => _instances.Values.ToArray());
        _app.MapGet("/resources/watch", (CancellationToken cancel) => TypedResults.ServerSentEvents(WatchAsync(cancel), "resource"));
        _app.MapGet("/resources/{name}/logs", (string name, CancellationToken cancel) => TypedResults.ServerSentEvents(LinesAsync(name, cancel), "line"));
        _app.MapPost("/resources/{name}/commands/{command}", (string name, string command) =>
        {
            Commands.Enqueue($"{command} {name}");
            return command == "fail" ? Results.Json(new CommandOutcome(false, false, "It cannot be."), statusCode: 409) : Results.Json(new CommandOutcome(true, false, null));
        });
        await _app.StartAsync();
        Url = new Uri(_app.Urls.Single());
    }

    public void Set(ResourceInstance instance)
    {
        _instances[instance.Id] = instance;
        foreach (var watcher in _watchers.Keys)
            watcher.Writer.TryWrite(instance);
    }

    public void Forget(string id) => _instances.TryRemove(id, out _);

    public void Write(string resource, FeedLine line) => _lines.GetOrAdd(resource, static _ => new()).Enqueue(line);

    public async Task StopAsync()
    {
        if (_app is null)
            return;
        await _life.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>A console's feed, board and consoles, which follow this engine.</summary>
    public async Task<IHost> FollowAsync(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(static s => s.Key, static string? (s) => s.Value));
        builder.Configuration["CacheConsole:ResourceServiceClient:ApiKey"] ??= Key;
        builder.Configuration["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = Url.ToString();
        builder.Services.AddSingleton(TimeProvider.System).AddLogging(static logging => logging.SetMinimumLevel(LogLevel.None)).AddTelemetryStores();
        builder.AddResources();
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async IAsyncEnumerable<ResourceInstance> WatchAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _life.Token);
        var channel = Channel.CreateUnbounded<ResourceInstance>();
        _watchers[channel] = true;
        try
        {
            foreach (var instance in _instances.Values)
                yield return instance;
            while (await MovesAsync(channel.Reader, life.Token))
            {
                while (channel.Reader.TryRead(out var instance))
                    yield return instance;
            }
        }
        finally
        {
            _watchers.TryRemove(channel, out _);
        }
    }

    private async IAsyncEnumerable<FeedLine> LinesAsync(string name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _life.Token);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var sent = 0;
        do
        {
            foreach (var line in _lines.GetOrAdd(name, static _ => new()).Skip(sent).ToArray())
            {
                sent++;
                yield return line;
            }
        }
        while (await TicksAsync(timer, life.Token));
    }

    private static async ValueTask<bool> MovesAsync(ChannelReader<ResourceInstance> reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.WaitToReadAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async ValueTask<bool> TicksAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
