using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Resources;

/// <summary>The resources of the local engine and what they write.</summary>
internal static class ResourcesRegistration
{
    public static void AddResources(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<ResourceServiceOptions>, ResourceServiceOptionsValidator>();
        builder.Services.AddOptions<ResourceServiceOptions>().BindConfiguration(ResourceServiceOptions.SectionName)
            .PostConfigure<IConfiguration>(ResourceServiceOptions.AddVariable).ValidateOnStart();
        builder.Services.AddSingleton<ResourceService>().AddSingleton<ResourceBoard>().AddSingleton<ConsoleStore>().AddSingleton<ResourceActions>();
        builder.Services.AddHostedService<ResourceFeed>();
        builder.Services.AddHostedService<ConsoleFeed>();
    }
}
