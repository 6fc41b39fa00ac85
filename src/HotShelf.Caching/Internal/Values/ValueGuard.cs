using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;

namespace HotShelf.Caching.Internal.Values;

/// <summary>
/// Rejects single values that would change by serialization: an object of a subclass that the declared type does not name, and a collection with a
/// comparer other than the deserialized one. Such a value is served uncached.
/// </summary>
internal static class ValueGuard
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> s_comparers = new();

    /// <summary>A modifier of JSON contracts.</summary>
    public static void Add(JsonTypeInfo typeInfo)
    {
        var type = typeInfo.Type;
        if (typeInfo.Kind == JsonTypeInfoKind.None || type.IsArray)
            return;
        Action<object>? check = null;
        if (type is { IsClass: true, IsSealed: false, IsAbstract: false } && typeInfo.PolymorphismOptions is null)
            check += value => RequireExactly(type, value);
        if (typeInfo.Kind != JsonTypeInfoKind.Object && MayHaveComparer(type))
            check += RequireDefaultComparer;
        if (check is not null)
            typeInfo.OnSerializing = check + typeInfo.OnSerializing;
    }

    /// <summary>With native AOT the default comparer of arbitrary types is not available.</summary>
    private static bool MayHaveComparer(Type type) => RuntimeFeature.IsDynamicCodeSupported && (type.IsInterface || type.IsAbstract || ComparerOf(type) is not null);

    private static void RequireExactly(Type declared, object value)
    {
        if (value.GetType() != declared)
            throw new InvalidOperationException($"The value contains a {value.GetType()} where {declared} is declared. It would be deserialized as {declared.Name}. Declare the subclass with [JsonDerivedType] on {declared.Name}.");
    }

    private static void RequireDefaultComparer(object collection)
    {
        while (WrappedBy(collection) is { } inner)
            collection = inner;
        var type = collection.GetType();
        if (!type.IsGenericType || s_comparers.GetOrAdd(type, static type => ComparerOf(type)) is not { } property || property.GetValue(collection) is not { } comparer)
            return;
        // EqualityComparer<string>.Default and StringComparer.Ordinal are equivalent for equality.
        if (comparer == Default(property.PropertyType) || comparer == StringComparer.Ordinal && property.PropertyType == typeof(IEqualityComparer<string>))
            return;
        throw new InvalidOperationException($"The value contains a {type} with the comparer {comparer.GetType()}. Comparers are not serialized. Use the default comparer and normalize the keys.");
    }

    /// <summary>What a wrapper that only reads has inside, by the member that it gives its subclasses.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A comparer that trimming removed is not set.")]
    private static object? WrappedBy(object collection)
    {
        for (var type = collection.GetType(); type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() is var wrapper && (wrapper == typeof(ReadOnlyDictionary<,>) || wrapper == typeof(ReadOnlySet<>)))
                return type.GetProperty(wrapper == typeof(ReadOnlySet<>) ? "Set" : "Dictionary", BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(collection);
        }

        return null;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A comparer that trimming removed is not set.")]
    private static PropertyInfo? ComparerOf(Type type)
    {
        if (type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) != true)
            return null;
        return type.GetProperty("Comparer") ?? type.GetProperty("KeyComparer");
    }

    /// <summary>The default comparer of type <c>IComparer&lt;K&gt;</c> or <c>IEqualityComparer&lt;K&gt;</c>.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "The collection uses the same comparer.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "As above.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    private static object? Default(Type comparer)
    {
        var definition = comparer.GetGenericTypeDefinition() == typeof(IComparer<>) ? typeof(Comparer<>) : typeof(EqualityComparer<>);
        return definition.MakeGenericType(comparer.GenericTypeArguments).GetProperty("Default")!.GetValue(null);
    }
}
