using System.Data.Common;
using System.Net.Sockets;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.Sessions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace HotShelf.ProductApi.Problems;

/// <summary>Turns unhandled requests, bare status codes and exceptions into problem responses (RFC 9457).</summary>
internal static class ProblemMiddleware
{
    private const string ReadUnavailable = "The database does not answer, and there is no cached answer to this request. Try again shortly.";

    // A connection that was lost during the commit does not say whether the database made it.
    private const string WriteUnavailable = "The database does not answer, or takes no changes. It may have happened: read, then try again.";

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(2);

    public static IApplicationBuilder UseProblems(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = static context => HandleAsync(context, context.Features.GetRequiredFeature<IExceptionHandlerFeature>().Error),
            // Metrics and traces count as exceptions what is answered with 500, a defect; not the 503 and 4xx, which say what they are.
            SuppressDiagnosticsCallback = static context => IsAbandoned(context.HttpContext, context.Exception) || ResultFor(context.HttpContext, context.Exception) is { StatusCode: not StatusCodes.Status500InternalServerError },
        });
        return app.UseStatusCodePages(static context =>
            HeadAndOptions.TryAnswerOptions(context.HttpContext)
                ? Task.CompletedTask
                : Problem.Of(ProblemType.ForStatus(context.HttpContext.Response.StatusCode)).ExecuteAsync(context.HttpContext));
    }

    private static Task HandleAsync(HttpContext context, Exception exception)
    {
        if (IsAbandoned(context, exception))
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return Task.CompletedTask;
        }

        return ResultFor(context, exception).ExecuteAsync(context);
    }

    private static bool IsAbandoned(HttpContext context, Exception exception) =>
        context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException;

    private static ProblemResult ResultFor(HttpContext context, Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problem.Of(ProblemType.BodyTooLarge),
        BadHttpRequestException bad => Problem.Of(ProblemType.ForStatus(bad.StatusCode)),
        CacheOverloadedException => Problem.Unavailable("Too many requests wait for the database. Try again shortly.", s_retryAfter),
        SessionStoreUnavailableException => Problem.Unavailable("Sessions cannot be read or kept at the moment. Try again shortly.", s_retryAfter),
        FleetUnavailableException => Problem.Unavailable("Redis does not answer, and this is stored only there. Try again shortly.", s_retryAfter),
        _ when IsUnavailable(exception) => Problem.Unavailable(IsRead(context.Request.Method) ? ReadUnavailable : WriteUnavailable, s_retryAfter),
        _ => Problem.Of(ProblemType.Internal, "The request failed. Quote the traceId when you report it."),
    };

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    // Lost connections, exhausted pools and servers that start, stop or have no room; 42P01 and 3D000 are a database that is not set up yet.
    // 25006 takes no changes, as after a failover to a replica, and 57014 ended a statement that took too long.
    private static bool IsUnavailable(Exception exception) => exception switch
    {
        DbException { SqlState: "42P01" or "3D000" or "28P01" or "25006" or "57014" } => true,
        DbException database => database.IsTransient || database.InnerException is SocketException or IOException or TimeoutException,
        TimeoutException => true,
        _ => false,
    };
}
