using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>What [Cached] and [Invalidates] have in common: a signature that an asynchronous decorator can keep.</summary>
internal static class MethodParser
{
    public static LocationModel? LocationOf(ISymbol symbol) => symbol.Locations.Select(LocationModel.From).FirstOrDefault();

    /// <summary>What the method returns in time; none if it returns it at once.</summary>
    public static ResultModel? ReadResult(IMethodSymbol method, out ITypeSymbol? type)
    {
        type = null;
        if (method.RefKind != RefKind.None
            || method.ReturnType is not INamedTypeSymbol { Name: "Task" or "ValueTask", ContainingNamespace: { Name: "Tasks", ContainingNamespace: { Name: "Threading", ContainingNamespace.Name: "System" } } } task)
        {
            return null;
        }

        type = task.TypeArguments.FirstOrDefault();
        return new ResultModel(type is null ? null : Names.Code(type), task.Name == "ValueTask", type is not null && StableText.MayBeNull(type));
    }

    public static void CheckParameters(MethodScope scope)
    {
        foreach (var parameter in scope.Method.Parameters)
        {
            var kind = parameter.RefKind switch
            {
                RefKind.None when parameter.Type.IsRefLikeType => "a ref struct",
                RefKind.None => null,
                RefKind.Ref => "passed by 'ref'",
                RefKind.Out => "passed by 'out'",
                RefKind.In => "passed by 'in'",
                _ => "passed by 'ref readonly'",
            };
            if (kind is not null)
                scope.Report(Diagnostics.ByReference, LocationOf(parameter), parameter.Name, scope.Display, kind);
        }
    }

    public static MethodModel Describe(IMethodSymbol method, ResultModel result) => new(
        Names.Code(method.ContainingType),
        method.Name,
        TypeParameters(method),
        Constraints(method),
        Names.Code(method.ReturnType),
        new(method.Parameters.Select(Describe)),
        result);

    public static ParameterModel Describe(IParameterSymbol parameter) =>
        new(Modifiers(parameter), Names.Code(parameter.Type), Names.Escape(parameter.Name), MethodScope.IsCancellation(parameter));

    public static string TypeParameters(IMethodSymbol method) =>
        method.TypeParameters.IsEmpty ? "" : $"<{string.Join(", ", method.TypeParameters.Select(static parameter => Names.Escape(parameter.Name)))}>";

    /// <summary>An explicit implementation inherits constraints, but <c>T?</c> in it needs to be told what kind T is.</summary>
    public static string Constraints(IMethodSymbol method) => string.Concat(method.TypeParameters.Select(static parameter =>
        parameter.IsReferenceType ? $" where {Names.Escape(parameter.Name)} : class"
        : parameter.HasValueTypeConstraint ? $" where {Names.Escape(parameter.Name)} : struct"
        : MentionsNullable((IMethodSymbol)parameter.ContainingSymbol, parameter) ? $" where {Names.Escape(parameter.Name)} : default"
        : ""));

    private static bool MentionsNullable(IMethodSymbol method, ITypeParameterSymbol parameter)
    {
        var mention = parameter.Name + "?";
        return Names.Code(method.ReturnType).Contains(mention) || method.Parameters.Any(each => Names.Code(each.Type).Contains(mention));
    }

    private static string Modifiers(IParameterSymbol parameter)
    {
        var scoped = parameter.ScopedKind != ScopedKind.None && parameter.RefKind != RefKind.Out && !parameter.IsParams ? "scoped " : "";
        return scoped + parameter.RefKind switch
        {
            RefKind.Ref => "ref ",
            RefKind.Out => "out ",
            RefKind.In => "in ",
            RefKind.RefReadOnlyParameter => "ref readonly ",
            _ => "",
        };
    }
}
