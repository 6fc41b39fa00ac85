using Microsoft.AspNetCore.Diagnostics;

namespace HotShelf.CacheConsole.Hosting;

/// <summary>A failure shows a page of ours, never its details; those are in the log.</summary>
internal static class ErrorPages
{
    public static void UseErrorPages(this WebApplication app)
    {
        app.UseExceptionHandler("/failed", createScopeForErrors: true);
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use(static async (context, next) =>
        {
            await next(context);
            // The page tells of a missing page; who was refused gets the bare status.
            if (context.Response.StatusCode != StatusCodes.Status404NotFound && context.Features.Get<IStatusCodePagesFeature>() is { } pages)
                pages.Enabled = false;
        });
    }
}
