namespace HotShelf.ProductApi.Http;

/// <summary>HEAD and OPTIONS, wherever GET answers (RFC 9110 sections 9.3.2 and 9.3.7).</summary>
internal static class HeadAndOptions
{
    private static readonly HttpMethodMetadata s_getAndHead = new([HttpMethods.Get, HttpMethods.Head]);

    /// <summary>A group whose GET endpoints answer HEAD too. The server itself sends no body for it.</summary>
    public static RouteGroupBuilder MapWithHead(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("");
        ((IEndpointConventionBuilder)group).Add(static endpoint =>
        {
            if (endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: ["GET"] })
                endpoint.Metadata.Add(s_getAndHead);
        });
        return group;
    }

    /// <summary>Turns routing's 405 for OPTIONS into 204 with <c>Allow</c>. True when it did.</summary>
    public static bool TryAnswerOptions(HttpContext context)
    {
        if (context.Response.StatusCode != StatusCodes.Status405MethodNotAllowed)
            return false;
        context.Response.Headers.Allow = $"{context.Response.Headers.Allow}, {HttpMethods.Options}";
        if (!HttpMethods.IsOptions(context.Request.Method))
            return false;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
