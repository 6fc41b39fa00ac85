using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>Configures the standard pipeline.</summary>
public static class HttpStandardResiliencePipelineBuilderExtensions
{
    /// <summary>Configures the pipeline from a section.</summary>
    public static IHttpStandardResiliencePipelineBuilder Configure(this IHttpStandardResiliencePipelineBuilder builder, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<HttpStandardResilienceOptions>(builder.PipelineName, section);
        return builder;
    }

    /// <summary>Configures the pipeline in code.</summary>
    public static IHttpStandardResiliencePipelineBuilder Configure(this IHttpStandardResiliencePipelineBuilder builder, Action<HttpStandardResilienceOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(builder.PipelineName, configure);
        return builder;
    }
}
