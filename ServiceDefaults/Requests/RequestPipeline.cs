using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>
/// Puts <see cref="RequestLog"/> outside of all other middleware, so that it sees the status that the caller sees. The developer exception page answers
/// exceptions without leaving them in a feature, as the exception handler does: done here for it.
/// </summary>
internal sealed class RequestPipeline : IStartupFilter, IDeveloperPageExceptionFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<RequestLog>();
        next(app);
    };

    public Task HandleExceptionAsync(ErrorContext errorContext, Func<ErrorContext, Task> next)
    {
        errorContext.HttpContext.Features.Set<IExceptionHandlerFeature>(new ExceptionHandlerFeature { Error = errorContext.Exception, Endpoint = errorContext.HttpContext.GetEndpoint() });
        return next(errorContext);
    }
}
