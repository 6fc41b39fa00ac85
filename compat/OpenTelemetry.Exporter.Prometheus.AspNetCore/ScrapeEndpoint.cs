using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>Answers a scrape in the format that the scraper prefers.</summary>
internal sealed class ScrapeEndpoint(ScrapeReader reader)
{
    private const string PlainText = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    public async Task HandleAsync(HttpContext context)
    {
        var openMetrics = PrefersOpenMetrics(context.Request.Headers.Accept);
        var body = await reader.ScrapeAsync(openMetrics).WaitAsync(context.RequestAborted).ConfigureAwait(false);
        var response = context.Response;
        response.ContentType = openMetrics ? OpenMetrics : PlainText;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.Vary = HeaderNames.Accept;
        await response.BodyWriter.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>
    /// True when OpenMetrics 1.0 (or 0.0.1, which differs in nothing we write) is accepted with at least the weight of plain text (RFC 9110, 12.5.1).
    /// Anything else, and no header, gets the text format.
    /// </summary>
    internal static bool PrefersOpenMetrics(IList<string?> accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept!, out var types))
            return false;
        var openMetrics = 0.0;
        var text = 0.0;
        foreach (var type in types)
        {
            var quality = type.Quality ?? 1;
            if (type.MediaType.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) && IsKnownVersion(type))
                openMetrics = Math.Max(openMetrics, quality);
            else if (type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
                text = Math.Max(text, quality);
        }

        return openMetrics > 0 && openMetrics >= text;
    }

    private static bool IsKnownVersion(MediaTypeHeaderValue type)
    {
        var version = type.Parameters.FirstOrDefault(static parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.GetUnescapedValue();
        return !version.HasValue || version == "1.0.0" || version == "0.0.1";
    }
}
