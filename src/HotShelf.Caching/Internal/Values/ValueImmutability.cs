using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace HotShelf.Caching.Internal.Values;

/// <summary>
/// Decides whether callers may share instances of a type. True for text, numbers and the like, for types with
/// <see cref="ImmutableObjectAttribute"/>, and for structs and sealed classes whose fields are all read-only and of such types. Otherwise false.
/// </summary>
internal static class ValueImmutability
{
    private static readonly ConcurrentDictionary<Type, bool> s_known = new();

    private static readonly FrozenSet<Type> s_immutable = new[]
    {
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Guid),
        typeof(Uri), typeof(Version), typeof(Half), typeof(Int128), typeof(UInt128), typeof(System.Numerics.BigInteger), typeof(Type), typeof(System.Globalization.CultureInfo),
    }.ToFrozenSet();

    private static readonly FrozenSet<Type> s_immutableIfArguments = new[]
    {
        typeof(Nullable<>), typeof(KeyValuePair<,>), typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableDictionary<,>), typeof(ImmutableHashSet<>),
        typeof(ImmutableSortedDictionary<,>), typeof(ImmutableSortedSet<>), typeof(ImmutableQueue<>), typeof(ImmutableStack<>),
    }.ToFrozenSet();

    public static bool Of(Type type) => s_known.TryGetValue(type, out var known) ? known : s_known.GetOrAdd(type, Decide(type, []));

    private static bool Decide(Type type, HashSet<Type> pending)
    {
        if (type.IsPrimitive || type.IsEnum || s_immutable.Contains(type))
            return true;
        if (type.IsArray || type.IsPointer || type.IsInterface)
            return type.GetCustomAttribute<ImmutableObjectAttribute>(inherit: true) is { Immutable: true };
        if (type.IsGenericType && s_immutableIfArguments.Contains(type.GetGenericTypeDefinition()))
            return type.GenericTypeArguments.All(argument => Decide(argument, pending));
        if (type.GetCustomAttribute<ImmutableObjectAttribute>(inherit: true) is { } declared)
            return declared.Immutable;
        // A subclass of an unsealed class may add mutable state. A type that is already being examined depends on its other fields.
        return (type.IsValueType || type.IsSealed) && (!pending.Add(type) || FieldsAreImmutable(type, pending));
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A field that trimming removed is not used, so it cannot be changed either.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "As above.")]
    private static bool FieldsAreImmutable(Type type, HashSet<Type> pending)
    {
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (var field in level.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                // The fields of a struct are copied with it: they need not be read-only, but must refer to immutable objects.
                if (!field.IsInitOnly && !type.IsValueType || !Decide(field.FieldType, pending))
                    return false;
            }
        }

        return true;
    }
}
