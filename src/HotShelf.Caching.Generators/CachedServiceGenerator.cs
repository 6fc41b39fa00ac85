using HotShelf.Caching.Generators.Emitting;
using HotShelf.Caching.Generators.Model;
using HotShelf.Caching.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HotShelf.Caching.Generators;

/// <summary>Writes a caching decorator for every [CachedService] interface, and AddCached to register them.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class CachedServiceGenerator : IIncrementalGenerator
{
    /// <summary>Name of the step whose outputs are the models that code is written from.</summary>
    public const string ModelStep = "HotShelf.Model";

    /// <summary>Name of the step whose output is the list of services that AddCached knows.</summary>
    public const string RegistrationStep = "HotShelf.Registrations";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        context.RegisterPostInitializationOutput(static output => output.AddEmbeddedAttributeDefinition());
        var services = context.SyntaxProvider.ForAttributeWithMetadataName(
            Names.CachedService,
            static (node, _) => node is InterfaceDeclarationSyntax,
            static (found, cancellation) => new ServiceParser(
                (INamedTypeSymbol)found.TargetSymbol,
                found.SemanticModel.Compilation,
                cancellation).Parse());

        // From here on no model knows where it stands in a file: moving an interface down a line writes nothing anew.
        var models = services.Select(static (service, _) => service.Model).Where(static model => model is not null).Collect()
            .SelectMany(static (all, _) => DecoratorNames.MakeUnique(all!)).WithTrackingName(ModelStep);
        context.RegisterSourceOutput(models, static (output, model) => output.AddSource(model.HintName, DecoratorWriter.Write(model)));

        var registrations = models.Select(static (model, _) => new Registration(model.Interface, model.QualifiedDecorator)).Collect()
            .Select(static (all, _) => new EquatableArray<Registration>(all)).WithTrackingName(RegistrationStep);
        context.RegisterSourceOutput(registrations, static (output, all) =>
        {
            if (all.Count > 0)
                output.AddSource("HotShelfCachedServices.g.cs", RegistrationWriter.Write(all));
        });

        context.RegisterSourceOutput(services.SelectMany(static (service, _) => service.Diagnostics), Report);
        context.RegisterSourceOutput(services.SelectMany(static (service, _) => service.Keys).Collect().SelectMany(static (keys, _) => KeyConflicts.Find(keys)), Report);
        context.RegisterSourceOutput(services.Collect().SelectMany(static (all, _) => DecoratorNames.FindTaken(all)), Report);
        foreach (var attribute in (string[])[Names.Cached, Names.Invalidates, Names.PerUser])
            context.RegisterSourceOutput(StrayAttributes.Find(context.SyntaxProvider, attribute), Report);
        context.RegisterSourceOutput(AddCachedCalls.Find(context.SyntaxProvider), Report);
    }

    private static void Report(SourceProductionContext output, DiagnosticModel diagnostic) => output.ReportDiagnostic(diagnostic.Create());
}
