using System.Reflection;

namespace HotShelf.AppHostTests.PublicApi;

/// <summary>Names of types as C# writes them, with nullability.</summary>
internal static class ApiNames
{
    private static readonly NullabilityInfoContext s_nullability = new();

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
    };

    public static string Of(ParameterInfo parameter)
    {
        lock (s_nullability)
            return Of(parameter.ParameterType, s_nullability.Create(parameter));
    }

    public static string Of(PropertyInfo property)
    {
        lock (s_nullability)
            return Of(property.PropertyType, s_nullability.Create(property));
    }

    public static string Of(FieldInfo field)
    {
        lock (s_nullability)
            return Of(field.FieldType, s_nullability.Create(field));
    }

    public static string Of(Type type) => Of(type, null);

    /// <summary>The name of a type where it is declared: with the type that it is in, and its type parameters.</summary>
    public static string OfDeclaring(Type type) => $"{(type.DeclaringType is { } outer ? OfDeclaring(outer) + "." : "")}{Plain(type.Name)}{Generic(type.GetGenericArguments())}";

    public static string Plain(string name) => name.Split('`')[0];

    public static string Generic(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(a => Variance(a) + a.Name))}>";

    public static string Constraints(Type[] arguments) => string.Concat(arguments.Where(a => a.IsGenericParameter).Select(a =>
    {
        var flags = a.GenericParameterAttributes;
        string[] all =
        [
            .. flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? ["class"] : Array.Empty<string>(),
            .. flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint) ? ["struct"] : Array.Empty<string>(),
            .. a.GetGenericParameterConstraints().Where(c => c != typeof(ValueType)).Select(Of).Order(StringComparer.Ordinal),
            .. flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint) ? ["new()"] : Array.Empty<string>(),
        ];
        return all.Length == 0 ? "" : $" where {a.Name} : {string.Join(", ", all)}";
    }));

    private static string Variance(Type argument) => !argument.IsGenericParameter ? ""
        : argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Covariant) ? "out " : argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Contravariant) ? "in " : "";

    private static string Of(Type type, NullabilityInfo? nullability)
    {
        if (type.IsByRef)
            return Of(type.GetElementType()!, nullability?.ElementType ?? nullability);
        if (Nullable.GetUnderlyingType(type) is { } value)
            return $"{Of(value, nullability?.GenericTypeArguments.FirstOrDefault())}?";
        var mark = nullability is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable } && !type.IsValueType && !type.IsGenericParameter ? "?" : "";
        if (type.IsArray)
            return $"{Of(type.GetElementType()!, nullability?.ElementType)}[]{mark}";
        if (s_keywords.TryGetValue(type, out var keyword))
            return keyword + mark;
        if (type.IsGenericParameter)
            return type.Name + mark;
        var arguments = type.GetGenericArguments();
        var inner = arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select((a, i) => Of(a, nullability?.GenericTypeArguments.ElementAtOrDefault(i))))}>";
        return $"{(type.DeclaringType is { } outer ? Plain(outer.Name) + "." : "")}{Plain(type.Name)}{inner}{mark}";
    }
}
