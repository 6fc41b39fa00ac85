namespace HotShelf.CacheConsole.Security;

/// <summary>
/// Refuses what another site's page asks for. Cookies alone cannot: another port of this host is the same site to a browser, and WebSockets know no
/// same-origin rule at all. Following a link to a page is allowed, it changes nothing.
/// </summary>
internal static class SameOrigin
{
    public static void UseSameOrigin(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        if (IsOurs(context.Request))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    internal static bool IsOurs(HttpRequest request)
    {
        // Sent by browsers with every WebSocket, every POST and every fetch from elsewhere. Only the authority counts: behind a proxy the scheme differs.
        if (request.Headers.Origin is [{ } origin])
            return Uri.TryCreate(origin, UriKind.Absolute, out var from) && request.Host == HostString.FromUriComponent(from);
        return request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none"
            || (HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document");
    }
}
