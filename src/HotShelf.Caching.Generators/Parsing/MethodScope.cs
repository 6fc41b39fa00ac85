using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>What the templates of one method may name, and where its errors go.</summary>
/// <param name="method">The method.</param>
/// <param name="compilation">What it is read in.</param>
/// <param name="diagnostics">Gets its errors.</param>
/// <param name="service">Where they are shown, when the method is declared in another assembly.</param>
internal sealed class MethodScope(IMethodSymbol method, Compilation compilation, List<DiagnosticModel> diagnostics, LocationModel? service)
{
    public IMethodSymbol Method { get; } = method;

    public Compilation Compilation { get; } = compilation;

    public string Display { get; } = $"{method.ContainingType.Name}.{method.Name}";

    /// <summary>What <c>{result}</c> is; in a batch, one of its values. None when the method returns nothing.</summary>
    public ITypeSymbol? Result { get; set; }

    /// <summary>The parameter that lists the ids of a batch.</summary>
    public IParameterSymbol? BatchParameter { get; set; }

    public bool Failed { get; private set; }

    public void Report(DiagnosticDescriptor descriptor, LocationModel? location, params string[] arguments)
    {
        Failed = true;
        diagnostics.Add(new DiagnosticModel(descriptor.Id, Place(location), new(arguments)));
    }

    /// <summary>Where an error that belongs to the location is shown.</summary>
    public LocationModel? Place(LocationModel? location) => service ?? location;

    public IParameterSymbol? Parameter(string name) => Method.Parameters.FirstOrDefault(parameter => parameter.Name == name);

    public static bool IsCancellation(IParameterSymbol parameter) =>
        parameter.Type is { Name: "CancellationToken", ContainingNamespace: { Name: "Threading", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } } };
}
