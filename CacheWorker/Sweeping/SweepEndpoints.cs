using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Sweeping;

/// <summary>Which version to sweep.</summary>
public sealed record SweepRequest(string? Version);

/// <summary>Sweeping on command; the worker is not reachable from outside.</summary>
internal static class SweepEndpoints
{
    public static IHostApplicationBuilder AddSweeping(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IValidateOptions<SweepOptions>, SweepOptionsValidator>();
        services.AddOptions<SweepOptions>().BindConfiguration(SweepOptions.SectionName).ValidateOnStart();
        services.AddSingleton<VersionSweeper>();
        services.AddHostedService<VersionWatch>();
        services.AddHostedService<BumpWatch>();
        return builder;
    }

    public static void MapSweeping(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/sweep", SweepAsync).WithName("Sweep").WithSummary("Removes the keys of another version of the cache; answers when it is done.");

    private static async Task<Results<Ok<SweepResult>, ValidationProblem, ProblemHttpResult>> SweepAsync(SweepRequest request, VersionSweeper sweeper, IHostApplicationLifetime lifetime, HttpContext http)
    {
        if (sweeper.Wrong(request.Version) is { } wrong)
            return TypedResults.ValidationProblem(new Dictionary<string, string[]>(StringComparer.Ordinal) { ["version"] = [wrong] });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            return TypedResults.Ok(await sweeper.SweepAsync(request.Version!, stop.Token).ConfigureAwait(false));
        }
        catch (Exception failure) when (failure.IsRedisFailure() || failure is NotSupportedException)
        {
            return TypedResults.Problem(failure.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
