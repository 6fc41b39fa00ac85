using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Questions about types that templates ask.</summary>
internal static class StableText
{
    /// <summary>Whether the type, or what is nullable in it, has one text per value: what CacheKeyText can append.</summary>
    public static bool Has(ITypeSymbol type)
    {
        type = WithoutNullable(type);
        // Not System.Enum: members of two enums may have one name.
        return type.SpecialType is SpecialType.System_String or SpecialType.System_Boolean
            || type.TypeKind == TypeKind.Enum
            || (type is INamedTypeSymbol { SpecialType: not SpecialType.System_Enum, IsRefLikeType: false } && type.AllInterfaces.Any(IsSpanFormattable));
    }

    public static bool IsEnum(ITypeSymbol type) => WithoutNullable(type).TypeKind == TypeKind.Enum;

    public static ITypeSymbol WithoutNullable(ITypeSymbol type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;

    public static bool MayBeNull(ITypeSymbol type) =>
        type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T || (!type.IsValueType && type.NullableAnnotation != NullableAnnotation.NotAnnotated);

    /// <summary>The element's type of a collection that foreach can walk; a string is no collection.</summary>
    public static ITypeSymbol? ElementOf(ITypeSymbol type) => type switch
    {
        { SpecialType: SpecialType.System_String } => null,
        IArrayTypeSymbol { Rank: 1 } array => array.ElementType,
        INamedTypeSymbol named when IsEnumerable(named) => named.TypeArguments[0],
        _ => type.AllInterfaces.FirstOrDefault(IsEnumerable)?.TypeArguments[0],
    };

    /// <summary>A public property or field that can be read, declared here or inherited.</summary>
    public static ISymbol? FindMember(ITypeSymbol type, string name, Compilation compilation)
    {
        IEnumerable<ITypeSymbol> chain = type.TypeKind == TypeKind.Interface ? [type, .. type.AllInterfaces] : BasesOf(type);
        return chain.SelectMany(t => t.GetMembers(name)).FirstOrDefault(member =>
            !member.IsStatic
            && member is IFieldSymbol or IPropertySymbol { GetMethod: not null, Parameters.Length: 0 }
            && compilation.IsSymbolAccessibleWithin(member, compilation.Assembly)
            && (member is not IPropertySymbol property || compilation.IsSymbolAccessibleWithin(property.GetMethod!, compilation.Assembly)));
    }

    public static ITypeSymbol TypeOf(ISymbol member) => member is IFieldSymbol field ? field.Type : ((IPropertySymbol)member).Type;

    private static IEnumerable<ITypeSymbol> BasesOf(ITypeSymbol? type)
    {
        for (; type is not null; type = type.BaseType)
            yield return type;
    }

    private static bool IsEnumerable(INamedTypeSymbol type) => type.OriginalDefinition.SpecialType == SpecialType.System_Collections_Generic_IEnumerable_T;

    private static bool IsSpanFormattable(ITypeSymbol type) => type is { Name: "ISpanFormattable", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } };
}
