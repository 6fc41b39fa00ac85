using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Finds calls of AddCached for an interface that has no decorator in this assembly; they would throw when the application starts.</summary>
internal static class AddCachedCalls
{
    public static IncrementalValuesProvider<DiagnosticModel> Find(SyntaxValueProvider syntax) =>
        syntax.CreateSyntaxProvider(
            static (node, _) => node is GenericNameSyntax { Identifier.ValueText: "AddCached", TypeArgumentList.Arguments.Count: 1 or 2, Parent: MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax } },
            static (found, cancellation) => Check((GenericNameSyntax)found.Node, found.SemanticModel, cancellation))
            .Where(static diagnostic => diagnostic is not null)
            .Select(static (diagnostic, _) => diagnostic!);

    private static DiagnosticModel? Check(GenericNameSyntax name, SemanticModel model, CancellationToken cancellationToken)
    {
        // Ours is not there yet while the generator runs: a name that binds is another method.
        if (model.Compilation.GetTypeByMetadataName(Names.CachedService) is null || model.GetSymbolInfo(name, cancellationToken).Symbol is not null)
            return null;
        var argument = name.TypeArgumentList.Arguments[0];
        if (model.GetTypeInfo(argument, cancellationToken).Type is not INamedTypeSymbol { TypeKind: not TypeKind.Error } type)
            return null;

        var isService = Names.Find(type, Names.CachedService) is not null;
        var isHere = SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, model.Compilation.Assembly);
        if (isService && isHere)
            return null;
        var reason = isService
            ? $"its decorator is in {type.ContainingAssembly.Name}, so register it there"
            : type.TypeKind == TypeKind.Interface ? "it does not carry [CachedService], so add the attribute to it" : "it is not an interface, so name the [CachedService] interface it implements";
        return new DiagnosticModel(Diagnostics.NotACachedService.Id, LocationModel.From(argument), new([Names.Message(type), reason]));
    }
}
