using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>A template in an attribute and where it stands.</summary>
internal readonly record struct WrittenTemplate(string? Text, LocationModel? Location);

/// <summary>Reads the templates out of [Cached] and [Invalidates].</summary>
internal static class AttributeReader
{
    public static IEnumerable<WrittenTemplate> Keys(AttributeData attribute) =>
        attribute.ConstructorArguments.SelectMany(argument => Templates(argument, attribute, static syntax => syntax.NameEquals is null));

    public static IEnumerable<WrittenTemplate> Tags(AttributeData attribute) =>
        attribute.NamedArguments.Where(static named => named.Key == "Tags")
            .SelectMany(named => Templates(named.Value, attribute, static syntax => syntax.NameEquals?.Name.Identifier.ValueText == "Tags"));

    /// <summary>The argument that names one value: <c>When</c>, <c>Version</c> or <c>Change</c>.</summary>
    public static WrittenTemplate? Value(AttributeData attribute, string argument) =>
        attribute.NamedArguments.Where(named => named.Key == argument && !named.Value.IsNull)
            .SelectMany(named => Templates(named.Value, attribute, syntax => syntax.NameEquals?.Name.Identifier.ValueText == argument))
            .Select(static template => (WrittenTemplate?)template).FirstOrDefault();

    public static LocationModel? Location(AttributeData? attribute) => LocationModel.From(attribute?.ApplicationSyntaxReference?.GetSyntax());

    private static IEnumerable<WrittenTemplate> Templates(TypedConstant value, AttributeData attribute, Func<AttributeArgumentSyntax, bool> isArgument)
    {
        var syntax = attribute.ApplicationSyntaxReference?.GetSyntax() as AttributeSyntax;
        var arguments = syntax?.ArgumentList?.Arguments.Where(isArgument).ToList() ?? [];
        if (value.Kind != TypedConstantKind.Array)
            return [new WrittenTemplate(value.Value as string, LocationModel.From(arguments.FirstOrDefault()) ?? Location(attribute))];
        if (value.IsNull)
            return [];

        var elements = Elements(arguments);
        return value.Values.Select((item, index) => new WrittenTemplate(
            item.Value as string, LocationModel.From(index < elements.Count ? elements[index] : syntax) ?? Location(attribute)));
    }

    // The elements of ["a", "b"], of new[] { "a", "b" }, or of params "a", "b".
    private static List<SyntaxNode> Elements(List<AttributeArgumentSyntax> arguments) => arguments.FirstOrDefault()?.Expression switch
    {
        CollectionExpressionSyntax collection => [.. collection.Elements],
        ImplicitArrayCreationExpressionSyntax array => [.. array.Initializer.Expressions],
        ArrayCreationExpressionSyntax { Initializer: { } initializer } => [.. initializer.Expressions],
        _ => [.. arguments],
    };
}
