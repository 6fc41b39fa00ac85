using HotShelf.CacheConsole.Data;

namespace HotShelf.CacheConsole.Actions;

/// <summary>What pages read, and what they can do.</summary>
internal static class ActionsRegistration
{
    public static void AddFleetConsole(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<NodeClient>();
        services.AddSingleton<FleetReader>();
        services.AddSingleton<FleetData>();
        services.AddHostedService(static provider => provider.GetRequiredService<FleetData>());
        services.AddSingleton<EventFeed>();
        services.AddHostedService(static provider => provider.GetRequiredService<EventFeed>());
        services.AddSingleton<ApiAddress>();
        services.AddHttpClient<ApiClient>(static (provider, http) =>
        {
            http.BaseAddress = new Uri($"https+http://{ApiAddress.Service}");
            if (provider.GetRequiredService<ApiAddress>().Key is { Length: > 0 } key)
                http.DefaultRequestHeaders.Add("X-Api-Key", key);
        });
        services.AddSingleton<AuditTrail>();
        services.AddTransient<OperatorActions>();
        services.AddSingleton(static provider => new Live<ApiHealth>(
            TimeSpan.FromSeconds(2), provider.GetRequiredService<TimeProvider>(), cancel => provider.GetRequiredService<ApiClient>().HealthAsync(cancel)));
    }
}
