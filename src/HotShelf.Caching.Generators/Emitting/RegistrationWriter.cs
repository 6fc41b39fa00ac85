namespace HotShelf.Caching.Generators.Emitting;

/// <summary>A service that AddCached can register.</summary>
internal sealed record Registration(string Interface, string Decorator);

/// <summary>Writes AddCached for all the services of the assembly.</summary>
internal static class RegistrationWriter
{
    public static string Write(IEnumerable<Registration> registrations)
    {
        var branches = registrations.Select(static registration =>
            $"        if (typeof(TService) == typeof({registration.Interface}))\n            return As<{registration.Interface}>(static (inner, cache) => new {registration.Decorator}(inner, cache));\n");
        return $"{DecoratorWriter.Header}\n{s_text}\n".Replace("\r", "").Replace("$BRANCHES$\n", string.Concat(branches));
    }

    private static readonly string s_text = $$"""

        namespace Microsoft.Extensions.DependencyInjection;

        using global::Microsoft.Extensions.Caching.Hybrid;
        using global::Microsoft.Extensions.DependencyInjection.Extensions;
        using global::System;
        using global::System.CodeDom.Compiler;
        using global::System.Diagnostics.CodeAnalysis;
        using global::System.Linq;

        /// <summary>Registers this assembly's [CachedService] interfaces with their caching decorators.</summary>
        [global::Microsoft.CodeAnalysis.Embedded] // Another assembly that may see our internals has its own.
        [GeneratedCode("HotShelf.Caching.Generators", "{{DecoratorWriter.Version}}")]
        internal static class HotShelfCachedServices
        {
            /// <summary>Registers <typeparamref name="TImplementation"/>, and <typeparamref name="TService"/> as its caching decorator.</summary>
            /// <remarks>
            /// Both are singletons: a load may outlive the request that began it. What needs scoped services creates them for each call
            /// (IServiceScopeFactory, IDbContextFactory).
            /// </remarks>
            /// <param name="services">The services; a HybridCache has to be among them when the service is resolved.</param>
            /// <param name="cache">The key of the cache (AddKeyedHotShelfCaching); null for the one without.</param>
            /// <exception cref="InvalidOperationException"><typeparamref name="TImplementation"/> is registered with another lifetime.</exception>
            public static IServiceCollection AddCached<TService, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TImplementation>(
                this IServiceCollection services, string? cache = null)
                where TService : class
                where TImplementation : class, TService
            {
                services.TryAddSingleton<TImplementation>();
                if (services.Last(static service => service.ServiceType == typeof(TImplementation) && !service.IsKeyedService).Lifetime is not ServiceLifetime.Singleton and var lifetime)
                {
                    throw new InvalidOperationException(
                        $"{typeof(TImplementation)} is registered as {lifetime}, but a cached service is a singleton, since a load may outlive the request that began it: " +
                        "register it as a singleton that creates what it needs for each call (IServiceScopeFactory, IDbContextFactory).");
                }

                return services.AddCached<TService>(static provider => provider.GetRequiredService<TImplementation>(), cache);
            }

            /// <summary>Registers <typeparamref name="TService"/> as the caching decorator of what a factory makes, once.</summary>
            /// <param name="services">The services; a HybridCache has to be among them when the service is resolved.</param>
            /// <param name="implementation">Makes the service that is decorated. Its owner disposes it.</param>
            /// <param name="cache">The key of the cache (AddKeyedHotShelfCaching); null for the one without.</param>
            public static IServiceCollection AddCached<TService>(
                this IServiceCollection services, Func<IServiceProvider, TService> implementation, string? cache = null)
                where TService : class
            {
                ArgumentNullException.ThrowIfNull(services);
                ArgumentNullException.ThrowIfNull(implementation);
                var decorate = Decorator<TService>();
                return services.AddSingleton(provider => decorate(
                    implementation(provider),
                    cache is null ? provider.GetRequiredService<HybridCache>() : provider.GetRequiredKeyedService<HybridCache>(cache)));
            }

            private static Func<TService, HybridCache, TService> Decorator<TService>()
            {
        $BRANCHES$
                throw new NotSupportedException(
                    $"{typeof(TService)} is not a [CachedService] interface of this assembly: add the attribute, or register it where it is declared.");

                // The same type under another name: the comparison above has just said so.
                static Func<TService, HybridCache, TService> As<TOther>(Func<TOther, HybridCache, TOther> decorator) =>
                    (Func<TService, HybridCache, TService>)(object)decorator;
            }
        }
        """;
}
