using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace HotShelf.Caching.Internal.Values;

/// <summary>
/// A fingerprint of a type's JSON members, so that a frame with another shape is not read. Renaming, adding or retyping a member changes
/// it; moving the type to another namespace does not.
/// </summary>
internal static class JsonShape
{
    public static string Describe(JsonTypeInfo typeInfo, JsonSerializerOptions options)
    {
        var text = new StringBuilder();
        Append(text, typeInfo, options, []);
        return text.ToString();
    }

    /// <summary>FNV-1a, 64 bits: stable across processes and versions of the framework.</summary>
    public static ulong Fingerprint(string shape)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in shape)
            hash = (hash ^ letter) * 1099511628211UL;
        return hash;
    }

    private static void Append(StringBuilder text, JsonTypeInfo typeInfo, JsonSerializerOptions options, HashSet<Type> seen)
    {
        AppendName(text, typeInfo.Type);
        if (!seen.Add(typeInfo.Type))
            return;
        // Only types with members: the name is sufficient for int? and the like, and their existing frames remain readable.
        if (Nullable.GetUnderlyingType(typeInfo.Type) is { } underlying && options.TryGetTypeInfo(underlying, out var inner) && inner.Kind == JsonTypeInfoKind.Object)
        {
            Append(text.Append('?'), inner, options, seen);
            return;
        }

        switch (typeInfo.Kind)
        {
            case JsonTypeInfoKind.Object:
                text.Append('{');
                foreach (var property in typeInfo.Properties)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{property.Name}:");
                    AppendType(text, property.PropertyType, options, seen);
                    text.Append(';');
                }

                text.Append('}');
                foreach (var derived in typeInfo.PolymorphismOptions?.DerivedTypes ?? [])
                    AppendType(text.Append('|'), derived.DerivedType, options, seen);
                break;
            case JsonTypeInfoKind.Enumerable:
            case JsonTypeInfoKind.Dictionary:
                text.Append('[');
                if (typeInfo.KeyType is { } key)
                    AppendType(text, key, options, seen);
                text.Append(',');
                if (typeInfo.ElementType is { } element)
                    AppendType(text, element, options, seen);
                text.Append(']');
                break;
        }
    }

    private static void AppendType(StringBuilder text, Type type, JsonSerializerOptions options, HashSet<Type> seen)
    {
        if (options.TryGetTypeInfo(type, out var typeInfo))
            Append(text, typeInfo, options, seen);
        else
            AppendName(text, type);
    }

    private static void AppendName(StringBuilder text, Type type)
    {
        text.Append(type.Name);
        foreach (var argument in type.GenericTypeArguments)
        {
            text.Append('<');
            AppendName(text, argument);
            text.Append('>');
        }
    }
}
