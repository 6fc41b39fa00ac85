using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.Caching.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class HotShelfCachingServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="ICacheFleet"/>, which reads the status that the nodes of a cache publish. It does not run a cache. Uses a registered Redis
    /// connection, otherwise <see cref="HotShelfCachingOptions.Redis"/>, and the prefix and version of <see cref="HotShelfCachingOptions"/>. May be called repeatedly.
    /// </summary>
    public static IServiceCollection AddHotShelfFleet(this IServiceCollection services, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions(services, null, configure);
        services.TryAddSingleton<ICacheFleet>(static provider => RedisFactory.CreateFleet(
            provider, provider.GetRequiredService<IOptions<HotShelfCachingOptions>>().Value, provider.GetService<TimeProvider>() ?? TimeProvider.System));
        return services;
    }

    /// <summary>Like <see cref="AddHotShelfFleet(IServiceCollection, Action{HotShelfCachingOptions}?)"/>, with settings from section <c>Caching</c>, which override <paramref name="configure"/>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="connectionName">The Redis connection: the one that AddRedisClient registered, otherwise <c>ConnectionStrings:{connectionName}</c>.</param>
    /// <param name="configure">Sets the options.</param>
    public static IHostApplicationBuilder AddHotShelfFleet(this IHostApplicationBuilder builder, string connectionName, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);
        builder.Services.AddHotShelfFleet(options => options.Redis ??= builder.Configuration.GetConnectionString(connectionName));
        builder.Services.AddHotShelfFleet(configure);
        AddConfiguration(builder, null, HotShelfCachingOptions.SectionName);
        return builder;
    }
}
