using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Health;

/// <summary>
/// <c>/health</c>: every check. <c>/ready</c>: the same, and whether the process wants requests. <c>/alive</c>: only the process itself.
/// Healthy and degraded answer 200, unhealthy 503. Details are in the form of HealthChecks UI.
/// </summary>
internal static class HealthEndpoints
{
    public static void MapHealthEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(DefaultPaths.Health, [HttpMethods.Get, HttpMethods.Head], static context => AnswerAsync(context, HealthScope.Everything, isReadiness: false)).AsProbe();
        endpoints.MapMethods(DefaultPaths.Ready, [HttpMethods.Get, HttpMethods.Head], static context => AnswerAsync(context, HealthScope.Everything, isReadiness: true)).AsProbe();
        endpoints.MapMethods(DefaultPaths.Alive, [HttpMethods.Get, HttpMethods.Head], static context => AnswerAsync(context, HealthScope.Live, isReadiness: false)).AsProbe();
    }

    private static void AsProbe(this IEndpointConventionBuilder endpoint) => endpoint.DisableHttpMetrics().AllowAnonymous().ExcludeFromDescription();

    private static async Task AnswerAsync(HttpContext context, HealthScope scope, bool isReadiness)
    {
        var services = context.RequestServices;
        var report = await services.GetRequiredService<HealthReports>().GetAsync(scope, context.RequestAborted).ConfigureAwait(false);
        if (isReadiness && services.GetRequiredService<ReadinessState>().NotReadyBecause is { } reason)
        {
            var readiness = KeyValuePair.Create("readiness", new HealthReportEntry(HealthStatus.Unhealthy, reason, TimeSpan.Zero, exception: null, data: null));
            report = new HealthReport(report.Entries.Append(readiness).ToDictionary(), report.TotalDuration);
        }

        context.Response.StatusCode = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        context.Response.Headers.CacheControl = "no-store";
        var details = scope != HealthScope.Live && (services.GetRequiredService<IHostEnvironment>().IsDevelopment()
            || services.GetRequiredService<IOptions<ServiceDefaultsOptions>>().Value.AuthorizeHealthDetails(context));
        if (details)
        {
            await HealthDocument.WriteAsync(context.Response, report).ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"status":"{{report.Status}}"}""", context.RequestAborted).ConfigureAwait(false);
    }
}
