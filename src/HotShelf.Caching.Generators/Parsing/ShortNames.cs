using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>
/// Types that the generated file may write without their namespace, because nothing else can be meant there: those of the service's own
/// namespace, and a few of the framework whose namespaces it imports inside that namespace.
/// </summary>
internal static class ShortNames
{
    private static readonly string[] s_framework =
    [
        .. In("System", "Action", "DateOnly", "DateTime", "DateTimeOffset", "EventHandler", "Func", "Guid", "IAsyncDisposable", "IDisposable", "TimeOnly", "TimeSpan", "Uri"),
        .. In("System.CodeDom.Compiler", "GeneratedCode"),
        .. In("System.Collections.Generic", "Dictionary", "IEnumerable", "IList", "IReadOnlyCollection", "IReadOnlyDictionary", "IReadOnlyList", "KeyValuePair", "List"),
        .. In("System.Threading", "CancellationToken"),
        .. In("System.Threading.Tasks", "Task", "ValueTask"),
        .. In("HotShelf.Caching", "CacheKeyText"),
        .. In("Microsoft.Extensions.Caching.Hybrid", "HybridCache"),
    ];

    public static IEnumerable<string> For(INamedTypeSymbol service, Compilation compilation)
    {
        var own = service.ContainingNamespace;
        if (own.IsGlobalNamespace)
            return [];
        var types = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default) { service };
        types.UnionWith(service.AllInterfaces.Where(static type => !type.IsGenericType));
        var hidden = new HashSet<string>();
        foreach (var member in service.AllInterfaces.SelectMany(static type => type.GetMembers()).Concat(service.GetMembers()))
            Collect(member, types, hidden);

        // With what referenced assemblies declare there.
        var whole = compilation.GetCompilationNamespace(own)!;
        var prefix = own.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        return types.Where(type => SymbolEqualityComparer.Default.Equals(type.ContainingNamespace, own) && type.ContainingType is null && !hidden.Contains(type.Name))
            .Select(type => $"{prefix}.{type.Name}").Distinct()
            .Concat(s_framework.Where(name => !hidden.Contains(Simple(name)) && !whole.GetMembers(Simple(name)).Any()))
            .OrderBy(static name => name, StringComparer.Ordinal);
    }

    private static IEnumerable<string> In(string @namespace, params string[] types) => types.Select(type => $"global::{@namespace}.{type}");

    private static string Simple(string name) => name.Substring(name.LastIndexOf('.') + 1);

    private static void Collect(ISymbol member, HashSet<INamedTypeSymbol> types, HashSet<string> hidden)
    {
        switch (member)
        {
            case IMethodSymbol method:
                Collect(method.ReturnType, types);
                hidden.UnionWith(method.TypeParameters.Select(static parameter => parameter.Name));
                foreach (var parameter in method.Parameters)
                    Collect(parameter.Type, types);
                break;
            case IPropertySymbol property:
                Collect(property.Type, types);
                break;
            case IEventSymbol @event:
                Collect(@event.Type, types);
                break;
        }
    }

    private static void Collect(ITypeSymbol? type, HashSet<INamedTypeSymbol> types)
    {
        for (; type is IArrayTypeSymbol array;)
            type = array.ElementType;
        if (type is not INamedTypeSymbol named)
            return;
        for (var outer = named; outer is not null; outer = outer.ContainingType)
            types.Add(outer.OriginalDefinition);
        foreach (var argument in named.TypeArguments)
            Collect(argument, types);
    }
}
