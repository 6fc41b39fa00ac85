using Microsoft.AspNetCore.Diagnostics;

namespace HotShelf.CacheConsole.Hosting;

/// <summary>A failure shows a page of ours, never its details; those are in the log.</summary>
internal static class ErrorPages
{
    public static void UseErrorPages(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = "/failed",
            CreateScopeForErrors = true,
            StatusCodeSelector = static exception => exception is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
        });
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use(static async (context, next) =>
        {
            // A page is drawn for GET. For a POST it would ask for an antiforgery token, fail too, and leave the answer to the developer's exception page.
            if (context.Features.Get<IExceptionHandlerFeature>() is not null || context.Features.Get<IStatusCodeReExecuteFeature>() is not null)
                context.Request.Method = HttpMethods.Get;
            await next(context);
            // The page tells of a missing page (405: what a POST to an unknown address gets); who was refused gets the bare status.
            if (context.Response.StatusCode is not (StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed) && context.Features.Get<IStatusCodePagesFeature>() is { } pages)
                pages.Enabled = false;
        });
    }
}
