using Microsoft.Extensions.Primitives;

namespace HotShelf.ProductApi.Hosting;

/// <summary>What tells a browser that these answers are data and nothing else.</summary>
internal static class SecurityHeaders
{
    private static readonly StringValues s_noSniff = "nosniff";
    private static readonly StringValues s_deny = "DENY";
    private static readonly StringValues s_policy = "default-src 'none'; frame-ancestors 'none'";
    private static readonly StringValues s_noReferrer = "no-referrer";

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        Apply(context.Response.Headers);
        return next(context);
    });

    /// <summary>Sets them; error handling clears what was set before and calls this again.</summary>
    public static void Apply(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = s_noSniff;
        headers.XFrameOptions = s_deny;
        headers.ContentSecurityPolicy = s_policy;
        headers["Referrer-Policy"] = s_noReferrer;
    }
}
