using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Writes the members that only hand on: everything without an attribute.</summary>
internal static class ForwardedMemberParser
{
    public static ForwardedMember? Parse(ISymbol member, INamedTypeSymbol service)
    {
        var owner = Names.Code(member.ContainingType);
        var parameters = member switch { IMethodSymbol method => method.Parameters, IPropertySymbol property => property.Parameters, _ => [] };
        var field = parameters.Any(static parameter => parameter.Name == "_inner") ? "this._inner" : "_inner";
        var inner = SymbolEqualityComparer.Default.Equals(member.ContainingType, service) ? field : $"(({owner}){field})";
        return member switch
        {
            IMethodSymbol { MethodKind: MethodKind.Ordinary } method => new(new(Method(method, owner, inner))),
            IPropertySymbol property => new(new(Property(property, owner, inner))),
            IEventSymbol @event => new(new([
                $"event {Names.Code(@event.Type)} {owner}.{Names.Escape(@event.Name)}",
                "{",
                $"    add => {inner}.{Names.Escape(@event.Name)} += value;",
                $"    remove => {inner}.{Names.Escape(@event.Name)} -= value;",
                "}",
            ])),
            _ => null,
        };
    }

    private static string[] Method(IMethodSymbol method, string owner, string inner)
    {
        var head = $"{Reference(method.RefKind)}{Names.Code(method.ReturnType)} {owner}.{Names.Escape(method.Name)}"
            + $"{MethodParser.TypeParameters(method)}({Parameters(method.Parameters)}){MethodParser.Constraints(method)}";
        // The container made the wrapped service and disposes it; a decorator that disposed it too would do so twice.
        return owner switch
        {
            "global::System.IDisposable" => ["// The container disposes the wrapped service.", $"{head}", "{", "}"],
            "global::System.IAsyncDisposable" => ["// The container disposes the wrapped service.", $"{head} => default;"],
            _ => [$"{head} =>", $"    {Ref(method.RefKind)}{inner}.{Names.Escape(method.Name)}{MethodParser.TypeParameters(method)}({Arguments(method.Parameters)});"],
        };
    }

    private static string[] Property(IPropertySymbol property, string owner, string inner)
    {
        var name = property.IsIndexer ? $"this[{Parameters(property.Parameters)}]" : Names.Escape(property.Name);
        var target = property.IsIndexer ? $"{inner}[{Arguments(property.Parameters)}]" : $"{inner}.{Names.Escape(property.Name)}";
        var head = $"{Reference(property.RefKind)}{Names.Code(property.Type)} {owner}.{name}";
        if (property.SetMethod is null)
            return [$"{head} => {Ref(property.RefKind)}{target};"];
        return
        [
            head,
            "{",
            .. property.GetMethod is null ? (string[])[] : [$"    get => {target};"],
            $"    set => {target} = value;",
            "}",
        ];
    }

    private static string Parameters(IEnumerable<IParameterSymbol> parameters) =>
        string.Join(", ", parameters.Select(MethodParser.Describe).Select(static parameter => $"{parameter.Modifiers}{parameter.Type} {parameter.Name}"));

    private static string Arguments(IEnumerable<IParameterSymbol> parameters) =>
        string.Join(", ", parameters.Select(static parameter => parameter.RefKind switch
        {
            RefKind.Ref => "ref ",
            RefKind.Out => "out ",
            RefKind.In or RefKind.RefReadOnlyParameter => "in ",
            _ => "",
        } + Names.Escape(parameter.Name)));

    private static string Reference(RefKind kind) => kind switch { RefKind.Ref => "ref ", RefKind.RefReadOnly => "ref readonly ", _ => "" };

    private static string Ref(RefKind kind) => kind == RefKind.None ? "" : "ref ";
}
