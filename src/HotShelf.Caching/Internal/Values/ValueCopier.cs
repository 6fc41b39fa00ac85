using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace HotShelf.Caching.Internal.Values;

/// <summary>
/// Deep copies of plain mutable objects, several times faster than deserialization. Supports arrays, lists and dictionaries, and classes whose
/// exact type is known; for other types, and where code cannot be generated (native AOT), there is no copier.
/// </summary>
internal static class ValueCopier
{
    private const int MaximumDepth = 8;

    private static readonly ConcurrentDictionary<Type, Delegate?> s_copiers = new();
    private static readonly MethodInfo s_memberwiseClone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!;

    public static Func<T, T>? TryCreate<T>()
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
            return null;
        return (Func<T, T>?)Find(typeof(T), 0, []);
    }

    /// <summary>The copier of exactly <paramref name="type"/>, or null when its instances cannot be copied safely.</summary>
    [RequiresDynamicCode("Generates code at run time; guarded by RuntimeFeature.IsDynamicCodeSupported.")]
    [UnconditionalSuppressMessage("Trimming", "IL2060", Justification = "The generic helpers are methods of this class.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "Delegates over types that are in use.")]
    private static Delegate? Find(Type type, int depth, HashSet<Type> path)
    {
        if (s_copiers.TryGetValue(type, out var known))
            return known;
        // A type that contains itself may form a cycle, which would not terminate.
        if (depth > MaximumDepth || !path.Add(type))
            return null;
        Delegate? copier;
        if (type.IsSZArray)
            copier = Generic(nameof(CopyArray), type.GetElementType()!, depth, path);
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
            copier = Generic(nameof(CopyList), type.GenericTypeArguments[0], depth, path);
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>) && ValueImmutability.Of(type.GenericTypeArguments[0]))
            copier = CopyDictionaryOf(type, depth, path);
        else if (type.IsClass && !type.IsAbstract && type != typeof(object) && !typeof(Delegate).IsAssignableFrom(type) && !typeof(System.Collections.IEnumerable).IsAssignableFrom(type))
            copier = ByFields(type, depth, path);
        else
            copier = null;
        path.Remove(type);
        return s_copiers.GetOrAdd(type, copier);
    }

    [RequiresDynamicCode("As Find.")]
    [UnconditionalSuppressMessage("Trimming", "IL2060", Justification = "The generic helpers are methods of this class.")]
    private static Delegate? Generic(string helper, Type element, int depth, HashSet<Type> path)
    {
        Delegate? copyElement = null;
        if (!ValueImmutability.Of(element) && (copyElement = Find(element, depth + 1, path)) is null)
            return null;
        var factory = typeof(ValueCopier).GetMethod(helper, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(element);
        return (Delegate)factory.Invoke(null, [copyElement])!;
    }

    [RequiresDynamicCode("As Find.")]
    [UnconditionalSuppressMessage("Trimming", "IL2060", Justification = "The generic helpers are methods of this class.")]
    private static Delegate? CopyDictionaryOf(Type type, int depth, HashSet<Type> path)
    {
        var value = type.GenericTypeArguments[1];
        Delegate? copyValue = null;
        if (!ValueImmutability.Of(value) && (copyValue = Find(value, depth + 1, path)) is null)
            return null;
        var factory = typeof(ValueCopier).GetMethod(nameof(CopyDictionary), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type.GenericTypeArguments);
        return (Delegate)factory.Invoke(null, [copyValue])!;
    }

    private static Func<T[], T[]> CopyArray<T>(Func<T, T>? copy) => source =>
    {
        var result = (T[])source.Clone();
        if (copy is not null)
        {
            for (var i = 0; i < result.Length; i++)
                result[i] = CopyExact(copy, result[i]);
        }

        return result;
    };

    private static Func<List<T>, List<T>> CopyList<T>(Func<T, T>? copy) => source =>
    {
        var result = new List<T>(source);
        if (copy is not null)
        {
            for (var i = 0; i < result.Count; i++)
                result[i] = CopyExact(copy, result[i]);
        }

        return result;
    };

    private static Func<Dictionary<TKey, TValue>, Dictionary<TKey, TValue>> CopyDictionary<TKey, TValue>(Func<TValue, TValue>? copy)
        where TKey : notnull => source =>
    {
        var result = new Dictionary<TKey, TValue>(source, source.Comparer);
        if (copy is not null)
        {
            foreach (var (key, value) in source)
                result[key] = CopyExact(copy, value);
        }

        return result;
    };

    private static T CopyExact<T>(Func<T, T> copy, T value)
    {
        if (value is null)
            return value;
        // A subclass has fields that the copier of the declared class does not copy.
        return value.GetType() == typeof(T) ? copy(value) : throw new ValueNotCopyableException();
    }

    /// <summary>MemberwiseClone, then replaces each field that refers to a mutable object by its copy; emitted as IL, because read-only fields are set too.</summary>
    [RequiresDynamicCode("As Find.")]
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A field that trimming removed needs no copy.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A field that trimming removed needs no copy.")]
    [UnconditionalSuppressMessage("Trimming", "IL2060", Justification = "CopyExact is a method of this class.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "Delegates over types that are in use.")]
    private static Delegate? ByFields(Type type, int depth, HashSet<Type> path)
    {
        var copies = new List<(FieldInfo Field, Delegate Copy)>();
        for (var level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            foreach (var field in level.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (ValueImmutability.Of(field.FieldType))
                    continue;
                if (Find(field.FieldType, depth + 1, path) is not { } copy)
                    return null;
                copies.Add((field, copy));
            }
        }

        var delegates = copies.ConvertAll(copy => copy.Copy).ToArray();
        var method = new DynamicMethod($"Copy{type.Name}", type, [typeof(Delegate[]), type], typeof(ValueCopier).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        var clone = il.DeclareLocal(type);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Call, s_memberwiseClone);
        il.Emit(OpCodes.Castclass, type);
        il.Emit(OpCodes.Stloc, clone);
        for (var i = 0; i < copies.Count; i++)
        {
            var field = copies[i].Field;
            il.Emit(OpCodes.Ldloc, clone);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Ldelem_Ref);
            il.Emit(OpCodes.Castclass, typeof(Func<,>).MakeGenericType(field.FieldType, field.FieldType));
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldfld, field);
            il.Emit(OpCodes.Call, typeof(ValueCopier).GetMethod(nameof(CopyExact), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(field.FieldType));
            il.Emit(OpCodes.Stfld, field);
        }

        il.Emit(OpCodes.Ldloc, clone);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate(typeof(Func<,>).MakeGenericType(type, type), delegates);
    }
}

/// <summary>The object is of a subclass without a copier; its serialized form is deserialized instead.</summary>
internal sealed class ValueNotCopyableException : Exception;
