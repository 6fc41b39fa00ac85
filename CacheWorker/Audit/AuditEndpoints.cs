using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Audit;

/// <summary>The audit of the cache; the worker is not reachable from outside.</summary>
internal static class AuditEndpoints
{
    public static IHostApplicationBuilder AddAudit(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IValidateOptions<AuditOptions>, AuditOptionsValidator>();
        services.AddOptions<AuditOptions>().BindConfiguration(AuditOptions.SectionName).ValidateOnStart();
        services.AddSingleton<ConsistencyAudit>();
        services.AddHostedService(provider => provider.GetRequiredService<ConsistencyAudit>());
        return builder;
    }

    public static void MapAudit(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/cache/audit", static (ConsistencyAudit audit) => TypedResults.Ok(audit.Report)).WithName("GetAudit").WithSummary("How consistent the cache is with the database.");
}
