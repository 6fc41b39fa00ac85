using HotShelf.Caching;

namespace HotShelf.ProductApi.Sessions;

/// <summary>Registers sessions.</summary>
internal static class SessionServices
{
    public static void AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<SessionStore>();
        services.Configure<HotShelfCachingOptions>(static options => options.Families.TryAdd(SessionDefaults.Family, new CachePolicy
        {
            Sliding = SessionDefaults.Idle,
            Fresh = SessionDefaults.Longest,
            Local = TimeSpan.Zero,
            Jitter = 0,
        }));
    }
}
