using HotShelf.CacheWorker.Feed;
using HotShelf.Catalog.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HotShelf.CacheWorker.Tests;

/// <summary>The change feed of one worker over a test's database, with a recorder in place of the cache.</summary>
internal sealed class FeedHost : IAsyncDisposable
{
    private readonly IHost _host;

    private FeedHost(IHost host, RecordingInvalidator cache)
    {
        _host = host;
        Cache = cache;
    }

    public RecordingInvalidator Cache { get; }

    public IServiceProvider Services => _host.Services;

    public static async Task<FeedHost> StartAsync(TestCatalog catalog, RecordingInvalidator? cache = null, params (string Key, string Value)[] settings)
    {
        cache ??= new RecordingInvalidator();
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Worker:Feed:{setting.Key}", (string?)setting.Value)));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(catalog.DataSource).AddCatalogSetup();
        builder.AddChangeFeed();
        builder.Services.AddSingleton<ICacheInvalidator>(cache);
        var host = builder.Build();
        await host.StartAsync();
        return new FeedHost(host, cache);
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
