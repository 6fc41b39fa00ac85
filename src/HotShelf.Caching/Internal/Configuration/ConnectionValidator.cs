using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Internal.Configuration;

/// <summary>Requires a connection for a cache with a connection name or a key, unless memory only is configured: otherwise each node would silently have a separate cache.</summary>
/// <param name="services">The registered services.</param>
/// <param name="name">The cache's key; null for the cache without a key.</param>
/// <param name="connectionName">The name of the connection string; null when only registered connections are used.</param>
internal sealed class ConnectionValidator(IServiceProvider services, string? name, string? connectionName) : IValidateOptions<HotShelfCachingOptions>
{
    public ValidateOptionsResult Validate(string? optionsName, HotShelfCachingOptions options)
    {
        if ((optionsName ?? Options.DefaultName) != (name ?? Options.DefaultName))
            return ValidateOptionsResult.Skip;
        if (options.MemoryOnly || options.RedisConfiguration is not null || !string.IsNullOrWhiteSpace(options.Redis) || RedisFactory.IsRegistered(services, name) || services.GetService<IServiceProviderIsService>()?.IsService(typeof(IRemoteStore)) == true)
            return ValidateOptionsResult.Success;
        var section = name is null ? HotShelfCachingOptions.SectionName : $"{HotShelfCachingOptions.SectionName}.{name}";
        var which = name is null ? "The cache" : $"The cache with key '{name}'";
        var connection = connectionName is null ? "set HotShelfCachingOptions.Redis" : $"set ConnectionStrings:{connectionName}";
        return ValidateOptionsResult.Fail(
            $"{which} has no connection to Redis: {connection} or {section}:Redis to host:port,password=...,ssl=true, or register an IConnectionMultiplexer (AddRedisClient). For a cache in the memory of this process alone set {section}:MemoryOnly to true.");
    }
}
