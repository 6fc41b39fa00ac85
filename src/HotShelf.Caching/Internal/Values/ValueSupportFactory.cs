using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Internal.Values;

/// <summary>Finds the serializer of a type: one registered for it, one from a registered factory, the built-in one for text and bytes, or JSON.</summary>
internal sealed class ValueSupportFactory(IServiceProvider services, JsonSerializerOptions? json)
{
    private readonly ConcurrentDictionary<Type, object> _supports = new();
    private readonly JsonSerializerOptions _json = Guarded(json ?? ReflectionJson());

    public ValueSupport<T> For<T>() => _supports.TryGetValue(typeof(T), out var known) ? (ValueSupport<T>)known : Create<T>();

    /// <summary>The types used so far, with their fingerprints.</summary>
    public IEnumerable<(Type Type, ulong Shape)> Known => _supports.Select(static known => (known.Key, ((IValueShape)known.Value).Shape));

    private ValueSupport<T> Create<T>()
    {
        var serializer = services.GetService<IHybridCacheSerializer<T>>() ?? FromFactories<T>();
        string shape;
        var fidelity = ValueFidelity.Whole;
        if (serializer is not null)
        {
            shape = $"{serializer.GetType().FullName}:{typeof(T).FullName}";
            fidelity = ValueFidelity.Trusted;
        }
        else if (typeof(T) == typeof(string))
        {
            serializer = (IHybridCacheSerializer<T>)(object)new StringSerializer();
            shape = "utf-8";
        }
        else if (typeof(T) == typeof(byte[]))
        {
            serializer = (IHybridCacheSerializer<T>)(object)new BytesSerializer();
            shape = "bytes";
        }
        else
        {
            var typeInfo = TypeInfo<T>();
            fidelity = ValueFidelityCheck.Of(typeInfo);
            serializer = new JsonValueSerializer<T>(typeInfo);
            shape = JsonShape.Describe(typeInfo, _json);
        }

        var immutable = fidelity != ValueFidelity.Partial && ValueImmutability.Of(typeof(T));
        var copy = immutable || fidelity != ValueFidelity.Whole ? null : ValueCopier.TryCreate<T>();
        var support = new ValueSupport<T>(serializer, JsonShape.Fingerprint(shape), immutable, copy, mayKeepBytes: fidelity == ValueFidelity.Trusted);
        return (ValueSupport<T>)_supports.GetOrAdd(typeof(T), support);
    }

    private IHybridCacheSerializer<T>? FromFactories<T>()
    {
        foreach (var factory in services.GetServices<IHybridCacheSerializerFactory>().Reverse())
        {
            // AddHybridCache and AddKeyedHybridCache register one that takes every type, also those that JSON does not give back whole.
            if (factory.GetType().Assembly.GetName().Name != "Microsoft.Extensions.Caching.Hybrid" && factory.TryCreateSerializer<T>(out var serializer))
                return serializer;
        }

        return null;
    }

    private JsonTypeInfo<T> TypeInfo<T>()
    {
        try
        {
            return (JsonTypeInfo<T>)_json.GetTypeInfo(typeof(T));
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException)
        {
            throw new InvalidOperationException(
                $"The cache cannot serialize {typeof(T)}: register an IHybridCacheSerializer<{typeof(T).Name}>, or add the type to the JsonSerializerContext that HotShelfCachingOptions.Json names. {exception.Message}", exception);
        }
    }

    /// <summary>The configured options, with a check of each written value. Uses reflection when they contain no resolver and the runtime supports it.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Reflection-based JSON is used only where the runtime allows it; otherwise the type must come from the options' context, and the error says so.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    private static JsonSerializerOptions Guarded(JsonSerializerOptions options)
    {
        var resolver = options.TypeInfoResolver ?? (JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : null);
        return resolver is null ? options : new JsonSerializerOptions(options) { TypeInfoResolver = resolver.WithAddedModifier(ValueGuard.Add) };
    }

    /// <summary>Fields are included, as in Microsoft's HybridCache: tuples consist of fields.</summary>
    private static JsonSerializerOptions ReflectionJson() => new(JsonSerializerDefaults.Web)
    {
        IncludeFields = true,
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
