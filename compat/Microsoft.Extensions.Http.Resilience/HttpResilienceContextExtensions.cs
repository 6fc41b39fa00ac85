namespace Polly;

/// <summary>The request that a resilience context is about.</summary>
public static class HttpResilienceContextExtensions
{
    private static readonly ResiliencePropertyKey<HttpRequestMessage?> s_request = new("Resilience.Http.RequestMessage");

    /// <summary>The request under way, or null outside a request.</summary>
    public static HttpRequestMessage? GetRequestMessage(this ResilienceContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Properties.GetValue(s_request, null);
    }

    /// <summary>Sets the request under way.</summary>
    public static void SetRequestMessage(this ResilienceContext context, HttpRequestMessage? requestMessage)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Properties.Set(s_request, requestMessage);
    }
}
