using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HotShelf.ProductApi.Http;

/// <summary>How large a request may be. The largest product has about 30 KB of JSON, the longest query about 1.5 KB.</summary>
internal static class RequestLimits
{
    /// <summary>Bytes of a body; more is 413.</summary>
    public const int BodyBytes = 64 * 1024;

    private const int RequestLineBytes = 8 * 1024;
    private const int HeaderBytes = 16 * 1024;
    private const int Headers = 64;

    public static void AddRequestLimits(this WebApplicationBuilder builder) =>
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            var limits = kestrel.Limits;
            limits.MaxRequestBodySize = BodyBytes;
            limits.MaxRequestLineSize = RequestLineBytes;
            limits.MaxRequestHeadersTotalSize = HeaderBytes;
            limits.MaxRequestHeaderCount = Headers;
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        });
}
