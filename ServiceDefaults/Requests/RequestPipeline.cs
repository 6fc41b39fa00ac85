using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>
/// Puts <see cref="RequestLog"/> outside of all other middleware, so that it sees the status that the caller sees. The developer exception page answers
/// exceptions without leaving them in a feature, as the exception handler does: done here for it. Answers of a process that stops end their connections (RFC 9112
/// section 9.6): a request that comes on a kept one when the server closes it would be lost.
/// </summary>
internal sealed class RequestPipeline(IHostApplicationLifetime lifetime) : IStartupFilter, IDeveloperPageExceptionFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<RequestLog>();
        app.Use((context, next) =>
        {
            // HTTP/2 has no such header; the server tells its clients by a frame.
            if (lifetime.ApplicationStopping.IsCancellationRequested && HttpProtocol.IsHttp11(context.Request.Protocol))
                context.Response.Headers.Connection = "close";
            return next(context);
        });
        next(app);
    };

    public Task HandleExceptionAsync(ErrorContext errorContext, Func<ErrorContext, Task> next)
    {
        errorContext.HttpContext.Features.Set<IExceptionHandlerFeature>(new ExceptionHandlerFeature { Error = errorContext.Exception, Endpoint = errorContext.HttpContext.GetEndpoint() });
        return next(errorContext);
    }
}
