using HotShelf.Caching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HotShelf.ProductApi.Sessions;

/// <summary>Registers sessions.</summary>
internal static class SessionServices
{
    /// <summary>
    /// Sessions over the Redis of <c>ConnectionStrings:sessions</c>. Without it they are entries of the cache, whose Redis may evict them when it is full.
    /// </summary>
    public static void AddSessions(this IHostApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(SessionDefaults.Cache)))
        {
            builder.Services.AddSessions();
            return;
        }

        builder.AddKeyedHotShelfCaching(SessionDefaults.Cache, AddFamily);
        builder.Services.AddSingleton(static provider => new SessionStore(
            provider.GetRequiredKeyedService<HybridCache>(SessionDefaults.Cache), provider.GetRequiredKeyedService<ICacheInspector>(SessionDefaults.Cache), provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            SessionDefaults.Cache, static provider => new CacheHealthCheck(provider.GetRequiredKeyedService<ICacheInspector>(SessionDefaults.Cache)), failureStatus: null, tags: null));
    }

    /// <summary>Sessions as entries of the cache.</summary>
    public static void AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<SessionStore>();
        services.Configure<HotShelfCachingOptions>(AddFamily);
    }

    private static void AddFamily(HotShelfCachingOptions options) => options.Families.TryAdd(SessionDefaults.Family, new CachePolicy
    {
        Sliding = SessionDefaults.Idle,
        Fresh = SessionDefaults.Longest,
        Local = TimeSpan.Zero,
        Jitter = 0,
    });
}
