using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Finds attributes where no generator looks, so that they would silently do nothing.</summary>
internal static class StrayAttributes
{
    public static IncrementalValuesProvider<DiagnosticModel> Find(SyntaxValueProvider syntax, string attribute) =>
        syntax.ForAttributeWithMetadataName(attribute, static (_, _) => true, static (found, _) => Check(found))
            .Where(static diagnostic => diagnostic is not null)
            .Select(static (diagnostic, _) => diagnostic!);

    private static DiagnosticModel? Check(GeneratorAttributeSyntaxContext found)
    {
        var method = found.TargetSymbol is IParameterSymbol parameter ? parameter.ContainingSymbol : found.TargetSymbol;
        if (method is IMethodSymbol { MethodKind: MethodKind.Ordinary, IsStatic: false } && (method.IsAbstract || method.IsVirtual) && method.ContainingType is { TypeKind: TypeKind.Interface } type && Names.Find(type, Names.CachedService) is not null)
            return null;
        var attribute = found.Attributes[0];
        var name = attribute.AttributeClass!.Name.Replace("Attribute", "");
        return new DiagnosticModel(Diagnostics.OutsideService.Id, AttributeReader.Location(attribute), new([name, found.TargetSymbol.Name]));
    }
}
