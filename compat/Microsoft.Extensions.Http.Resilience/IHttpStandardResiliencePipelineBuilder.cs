using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>The standard pipeline of one HTTP client, for further configuration.</summary>
public interface IHttpStandardResiliencePipelineBuilder
{
    /// <summary>The name of the pipeline and of its options.</summary>
    string PipelineName { get; }

    /// <summary>The services the client is registered with.</summary>
    IServiceCollection Services { get; }
}
