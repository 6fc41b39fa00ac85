using Scalar.AspNetCore;

namespace HotShelf.ProductApi.OpenApi;

/// <summary>A page to read and try the API in a browser, at <c>/</c>; in development only. It loads nothing from other hosts.</summary>
internal static class ApiReference
{
    private const string Path = "/scalar";

    // The page brings its styles and its start inline; everything else, requests to the API included, is of this host.
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

    public static void MapApiReference(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
            return;
        app.MapGet("/", static () => TypedResults.LocalRedirect(Path)).ExcludeFromDescription();
        app.MapScalarApiReference(Path, static (options, http) =>
        {
            http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            options.WithTitle("HotShelf ProductApi").DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideClientButton().HideDeveloperTools();
        });
    }
}
