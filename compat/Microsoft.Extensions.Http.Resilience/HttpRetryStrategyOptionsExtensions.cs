using Polly;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>Limits which methods are tried again.</summary>
public static class HttpRetryStrategyOptionsExtensions
{
    /// <summary>Tries POST, PUT, PATCH, DELETE and CONNECT once only: a repeated write may happen twice.</summary>
    public static void DisableForUnsafeHttpMethods(this HttpRetryStrategyOptions options) =>
        options.DisableFor(HttpMethod.Delete, HttpMethod.Patch, HttpMethod.Post, HttpMethod.Put, HttpMethod.Connect);

    /// <summary>Tries these methods once only.</summary>
    public static void DisableFor(this HttpRetryStrategyOptions options, params HttpMethod[] methods)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(methods);
        var inner = options.ShouldHandle;
        options.ShouldHandle = async arguments =>
            !(arguments.Context.GetRequestMessage() is { } request && methods.Contains(request.Method)) && await inner(arguments).ConfigureAwait(false);
    }
}
