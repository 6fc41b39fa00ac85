namespace HotShelf.Caching.Generators.Emitting;

/// <summary>A service that AddCached can register.</summary>
internal sealed record Registration(string Interface, string Decorator);

/// <summary>Writes AddCached for all the services of the assembly.</summary>
internal static class RegistrationWriter
{
    private const string Di = "global::Microsoft.Extensions.DependencyInjection";

    public static string Write(IEnumerable<Registration> registrations)
    {
        var writer = new SourceWriter();
        writer.Lines(DecoratorWriter.Header.Split('\n').Select(static line => line.TrimEnd('\r')));
        writer.Lines(Text.Split('\n').Select(static line => line.TrimEnd('\r')).TakeWhile(static line => line != "$BRANCHES$"));
        writer.Indent();
        writer.Indent();
        foreach (var registration in registrations)
        {
            writer.Line($"if (typeof(TService) == typeof({registration.Interface}))");
            writer.Line($"    return ({Decorate("TService")})(object)({Decorate(registration.Interface)})(static (inner, cache) => new {registration.Decorator}(inner, cache));");
        }

        writer.Outdent();
        writer.Outdent();
        writer.Lines(Text.Split('\n').Select(static line => line.TrimEnd('\r')).SkipWhile(static line => line != "$BRANCHES$").Skip(1));
        return writer.ToString();
    }

    private static string Decorate(string service) => $"global::System.Func<{service}, global::Microsoft.Extensions.Caching.Hybrid.HybridCache, {service}>";

    private const string Text = $$"""

        namespace Microsoft.Extensions.DependencyInjection;

        /// <summary>Registers this assembly's [CachedService] interfaces with their caching decorators.</summary>
        [global::System.CodeDom.Compiler.GeneratedCode("HotShelf.Caching.Generators", "0.1.0")]
        internal static class HotShelfCachedServices
        {
            /// <summary>Registers <typeparamref name="TImplementation"/>, and <typeparamref name="TService"/> as its caching decorator.</summary>
            /// <param name="services">The services; a HybridCache has to be among them when the service is resolved.</param>
            /// <param name="lifetime">Of both.</param>
            public static {{Di}}.IServiceCollection AddCached<TService, [global::System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(global::System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicConstructors)] TImplementation>(
                this {{Di}}.IServiceCollection services, {{Di}}.ServiceLifetime lifetime = {{Di}}.ServiceLifetime.Singleton)
                where TService : class
                where TImplementation : class, TService
            {
                {{Di}}.Extensions.ServiceCollectionDescriptorExtensions.TryAdd(
                    services, {{Di}}.ServiceDescriptor.Describe(typeof(TImplementation), typeof(TImplementation), lifetime));
                return AddCached<TService>(services, static provider => {{Di}}.ServiceProviderServiceExtensions.GetRequiredService<TImplementation>(provider), lifetime);
            }

            /// <summary>Registers <typeparamref name="TService"/> as the caching decorator of what a factory makes.</summary>
            /// <param name="services">The services; a HybridCache has to be among them when the service is resolved.</param>
            /// <param name="implementation">Makes the service that is decorated. Whoever owns it disposes it.</param>
            /// <param name="lifetime">Of the decorator.</param>
            public static {{Di}}.IServiceCollection AddCached<TService>(
                this {{Di}}.IServiceCollection services, global::System.Func<global::System.IServiceProvider, TService> implementation,
                {{Di}}.ServiceLifetime lifetime = {{Di}}.ServiceLifetime.Singleton)
                where TService : class
            {
                var decorate = Decorator<TService>();
                services.Add({{Di}}.ServiceDescriptor.Describe(
                    typeof(TService),
                    provider => decorate(
                        implementation(provider),
                        {{Di}}.ServiceProviderServiceExtensions.GetRequiredService<global::Microsoft.Extensions.Caching.Hybrid.HybridCache>(provider)),
                    lifetime));
                return services;
            }

            private static global::System.Func<TService, global::Microsoft.Extensions.Caching.Hybrid.HybridCache, TService> Decorator<TService>()
            {
        $BRANCHES$
                throw new global::System.NotSupportedException(
                    $"{typeof(TService)} is not a [CachedService] interface of this assembly: add the attribute, or register it where it is declared.");
            }
        }
        """;
}
