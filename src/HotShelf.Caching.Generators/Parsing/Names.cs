using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Names as code and messages write them.</summary>
internal static class Names
{
    public const string Namespace = "HotShelf.Caching";
    public const string CachedService = Namespace + ".CachedServiceAttribute";
    public const string Cached = Namespace + ".CachedAttribute";
    public const string Invalidates = Namespace + ".InvalidatesAttribute";
    public const string PerUser = Namespace + ".PerUserAttribute";

    private static readonly SymbolDisplayFormat s_code = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>Fully qualified, with nullability, for generated code.</summary>
    public static string Code(ITypeSymbol type) => type.ToDisplayString(s_code);

    /// <summary>As a namespace declaration writes it; empty for the global one.</summary>
    public static string Code(INamespaceSymbol @namespace) =>
        @namespace.IsGlobalNamespace ? "" : @namespace.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted));

    /// <summary>What the run time sees: two of them are equal if values of one can be read as the other.</summary>
    public static string Identity(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    public static string Message(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);

    public static string Escape(string name) =>
        SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(name) != SyntaxKind.None ? "@" + name : name;

    public static bool Is(AttributeData attribute, string metadataName) => attribute.AttributeClass?.ToDisplayString() == metadataName;

    public static AttributeData? Find(ISymbol symbol, string metadataName) => symbol.GetAttributes().FirstOrDefault(attribute => Is(attribute, metadataName));
}
