using System.Diagnostics.Metrics;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Internal.Configuration;

/// <summary>Creates a cache from the services of the container.</summary>
internal static class CacheFactory
{
    public static HotShelfCache Create(IServiceProvider services, string? name)
    {
        var options = services.GetRequiredService<IOptionsMonitor<HotShelfCachingOptions>>().Get(name ?? Options.DefaultName);
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        var store = options.MemoryOnly ? null : services.GetService<IRemoteStore>() ?? RedisFactory.TryCreate(services, name, options, time, loggers);
        var observers = name is null ? services.GetServices<ICacheObserver>() : services.GetKeyedServices<ICacheObserver>(name);
        return new HotShelfCache(options, store, services, new CacheClock(time), new CacheMetrics(services.GetService<IMeterFactory>(), time, name), observers, loggers.CreateLogger("HotShelf.Caching"));
    }
}
