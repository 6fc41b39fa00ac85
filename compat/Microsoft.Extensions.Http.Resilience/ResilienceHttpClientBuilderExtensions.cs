using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the standard resilience pipeline to HTTP clients.</summary>
public static class ResilienceHttpClientBuilderExtensions
{
    /// <summary>Adds the pipeline with its defaults.</summary>
    public static IHttpStandardResiliencePipelineBuilder AddStandardResilienceHandler(this IHttpClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var name = string.IsNullOrEmpty(builder.Name) ? "standard" : $"{builder.Name}-standard";
        // The handlers of one client are made anew every few minutes: the breaker's and the limiter's state outlive them.
        builder.Services.AddKeyedSingleton(name, (services, _) =>
            new StandardPipeline(services.GetRequiredService<IOptionsMonitor<HttpStandardResilienceOptions>>().Get(name), services.GetService<TimeProvider>() ?? TimeProvider.System));
        builder.Services.AddOptions<HttpStandardResilienceOptions>(name).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<HttpStandardResilienceOptions>>(new HttpStandardResilienceOptionsValidator(name));
        builder.AddHttpMessageHandler(services => new ResilienceHandler(services.GetRequiredKeyedService<StandardPipeline>(name)));
        return new PipelineBuilder(name, builder.Services);
    }

    /// <summary>Adds the pipeline and configures it.</summary>
    public static IHttpStandardResiliencePipelineBuilder AddStandardResilienceHandler(this IHttpClientBuilder builder, Action<HttpStandardResilienceOptions> configure) =>
        builder.AddStandardResilienceHandler().Configure(configure);

    /// <summary>Adds the pipeline and configures it from a section.</summary>
    public static IHttpStandardResiliencePipelineBuilder AddStandardResilienceHandler(this IHttpClientBuilder builder, IConfigurationSection section) =>
        builder.AddStandardResilienceHandler().Configure(section);

    private sealed record PipelineBuilder(string PipelineName, IServiceCollection Services) : IHttpStandardResiliencePipelineBuilder;
}
