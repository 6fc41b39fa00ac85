using HotShelf.ServiceDefaults;
using Microsoft.AspNetCore.ResponseCompression;

namespace HotShelf.ProductApi.Hosting;

/// <summary>
/// Compresses, by the framework, the API's description and the metrics: large, seldom asked for, and without a secret beside what a caller sends. The catalog's
/// answers are kept compressed instead (see PreparedContents), and others stay plain.
/// </summary>
internal static class CompressedDocuments
{
    public static void AddCompressedDocuments(this WebApplicationBuilder builder) => builder.Services.AddResponseCompression(static compression =>
    {
        compression.EnableForHttps = true;
        compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "application/openmetrics-text"];
    });

    public static void UseCompressedDocuments(this WebApplication app) => app.UseWhen(
        static context => context.Request.Path.StartsWithSegments("/openapi") || context.Request.Path == DefaultPaths.Metrics,
        static branch => branch.UseResponseCompression());
}
