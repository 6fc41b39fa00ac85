using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace HotShelf.AppHostTests.PublicApi;

/// <summary>Writes the public surface of an assembly as sorted lines: one for each type and one for each member, as C# would declare it.</summary>
internal static class ApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string[] Of(Assembly assembly) =>
        [.. assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal).SelectMany(LinesOf)];

    private static IEnumerable<string> LinesOf(Type type)
    {
        var name = $"{type.Namespace}.{ApiNames.OfDeclaring(type)}";
        yield return $"{KindOf(type)} {name}{BasesOf(type)}{ApiNames.Constraints(type.GetGenericArguments())}";
        var members = type.IsSubclassOf(typeof(Delegate)) ? [type.GetMethod("Invoke")!] : type.GetMembers(Declared).Where(IsMember);
        foreach (var line in members.Select(m => TextOf(type, m)).OfType<string>().Order(StringComparer.Ordinal))
            yield return $"  {line}";
    }

    private static string KindOf(Type type) =>
        type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsSubclassOf(typeof(Delegate)) ? "delegate" : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    private static string BasesOf(Type type)
    {
        if (type.IsEnum || type.IsSubclassOf(typeof(Delegate)))
            return "";
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var all = type.GetInterfaces();
        var own = all.Except(inherited).Except(all.SelectMany(i => i.GetInterfaces())).Where(i => i.IsVisible).Select(ApiNames.Of).Order(StringComparer.Ordinal);
        string[] bases = [.. type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? [ApiNames.Of(b)] : Array.Empty<string>(), .. own];
        return bases.Length == 0 ? "" : $" : {string.Join(", ", bases)}";
    }

    // What a caller or a derived class can name; what the compiler adds to records is not of interest.
    private static bool IsMember(MemberInfo member) => member switch
    {
        MethodInfo method => IsSeen(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && !IsMadeByCompiler(method),
        ConstructorInfo constructor => IsSeen(constructor) && !constructor.IsStatic && !constructor.IsDefined(typeof(CompilerGeneratedAttribute)),
        PropertyInfo property => property.GetAccessors(true).Any(IsSeen) && !property.IsDefined(typeof(CompilerGeneratedAttribute)) && property.Name != "EqualityContract",
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        EventInfo happening => happening.AddMethod is { } add && IsSeen(add),
        _ => false,
    };

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsMadeByCompiler(MethodInfo method) =>
        method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name.Contains('<', StringComparison.Ordinal)
        || (method.GetBaseDefinition() != method && method.GetBaseDefinition().DeclaringType is { } from && (from == typeof(object) || from == typeof(ValueType)));

    private static string? TextOf(Type type, MemberInfo member) => member switch
    {
        MethodInfo method => $"{Modifiers(type, method)}{ApiNames.Of(method.ReturnParameter)} {method.Name}{ApiNames.Generic(method.GetGenericArguments())}({Parameters(method)}){ApiNames.Constraints(method.GetGenericArguments())}",
        ConstructorInfo constructor => $"{Modifiers(type, constructor)}{ApiNames.Plain(type.Name)}({Parameters(constructor)})",
        PropertyInfo property => PropertyOf(type, property),
        FieldInfo field when type.IsEnum => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}",
        FieldInfo field => $"{(field.IsStatic ? field.IsLiteral ? "const " : "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{ApiNames.Of(field)} {field.Name}",
        EventInfo happening => $"event {ApiNames.Of(happening.EventHandlerType!)} {happening.Name}",
        _ => null,
    };

    private static string PropertyOf(Type type, PropertyInfo property)
    {
        var isRequired = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var set = property.SetMethod is not { } setter || !IsSeen(setter) ? ""
            : setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
        var get = property.GetMethod is { } getter && IsSeen(getter) ? " get;" : "";
        var index = property.GetIndexParameters().Length > 0 ? $"[{string.Join(", ", property.GetIndexParameters().Select(p => $"{ApiNames.Of(p)} {p.Name}"))}]" : "";
        return $"{Modifiers(type, property.GetAccessors(true).First(IsSeen))}{isRequired}{ApiNames.Of(property)} {property.Name}{index} {{{get}{set} }}";
    }

    private static string Modifiers(Type type, MethodBase method)
    {
        var access = method.IsPublic ? "" : "protected ";
        if (type.IsInterface)
            return access;
        if (method.IsStatic)
            return access + "static ";
        var isOverride = method is MethodInfo { } info && info.GetBaseDefinition() != info;
        return access + (isOverride ? "override " : method.IsAbstract ? "abstract " : method is { IsVirtual: true, IsFinal: false } && !type.IsSealed ? "virtual " : "");
    }

    private static string Parameters(MethodBase method)
    {
        var isExtension = method.IsDefined(typeof(ExtensionAttribute));
        return string.Join(", ", method.GetParameters().Select((p, i) =>
            $"{(isExtension && i == 0 ? "this " : "")}{(p.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")}{(p.IsIn && p.ParameterType.IsByRef ? "in " : p.IsOut ? "out " : p.ParameterType.IsByRef ? "ref " : "")}{ApiNames.Of(p)} {p.Name}{Default(p)}"));
    }

    private static string Default(ParameterInfo parameter)
    {
        if (!parameter.HasDefaultValue)
            return "";
        var value = parameter.RawDefaultValue;
        var text = value switch
        {
            null => parameter.ParameterType is { IsValueType: true } t && Nullable.GetUnderlyingType(t) is null ? "default" : "null",
            string s => $"\"{s}\"",
            bool b => b ? "true" : "false",
            _ when parameter.ParameterType.IsEnum => $"{parameter.ParameterType.Name}.{Enum.ToObject(parameter.ParameterType, value)}",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
        return $" = {text}";
    }
}
