using HotShelf.Caching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;

namespace HotShelf.ProductApi.Sessions;

/// <summary>Registers sessions.</summary>
internal static class SessionServices
{
    /// <summary>Sessions cannot be loaded again. With <c>ConnectionStrings:sessions</c> they are kept on that server, which need not evict keys; otherwise on the cache's.</summary>
    public static void AddSessions(this IHostApplicationBuilder builder)
    {
        var hasOwnServer = builder.Configuration.GetConnectionString(SessionDefaults.Cache) is not null;
        if (hasOwnServer)
            builder.AddKeyedHotShelfCaching(SessionDefaults.Cache);
        builder.Services.AddSessions(hasOwnServer ? SessionDefaults.Cache : null);
    }

    /// <param name="services">The services.</param>
    /// <param name="cache">The name of a keyed cache; null for the one without a name.</param>
    public static void AddSessions(this IServiceCollection services, string? cache = null)
    {
        services.AddSingleton(provider => cache is null
            ? new SessionStore(provider.GetRequiredService<HybridCache>(), provider.GetRequiredService<ICacheInspector>(), Time(provider))
            : new SessionStore(provider.GetRequiredKeyedService<HybridCache>(cache), provider.GetRequiredKeyedService<ICacheInspector>(cache), Time(provider)));
        services.Configure<HotShelfCachingOptions>(cache ?? Options.DefaultName, static options => options.Families.TryAdd(SessionDefaults.Family, new CachePolicy
        {
            Sliding = SessionDefaults.Idle,
            Fresh = SessionDefaults.Longest,
            Local = TimeSpan.Zero,
            Jitter = 0,
        }));
    }

    private static TimeProvider Time(IServiceProvider provider) => provider.GetRequiredService<TimeProvider>();
}
