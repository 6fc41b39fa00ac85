using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Reads a method with [Cached].</summary>
internal static class CachedMethodParser
{
    public static CachedMember? Parse(MethodScope scope, AttributeData attribute, out KeyUse? use)
    {
        use = null;
        // While it is being typed, the attribute has no key; the compiler says so.
        if (attribute.ConstructorArguments.IsEmpty)
            return null;
        var method = scope.Method;
        var result = MethodParser.ReadResult(method, out var resultType);
        if (result is null || resultType is null)
        {
            scope.Report(
                Diagnostics.NotAsynchronous, MethodParser.LocationOf(method), scope.Display, Names.Message(method.ReturnType),
                "a cached method has to wait for the cache and to return a value: make it ValueTask<T> or Task<T>");
            return null;
        }

        if (CacheableResult.Refuse(resultType) is { } reason)
            scope.Report(Diagnostics.NotCacheable, MethodParser.LocationOf(method), scope.Display, Names.Message(resultType), reason);
        if (method.IsGenericMethod)
            scope.Report(Diagnostics.Generic, MethodParser.LocationOf(method), scope.Display, "declare a method for each type");
        MethodParser.CheckParameters(scope);

        var written = AttributeReader.Keys(attribute).First();
        var batch = FindBatch(scope, written.Text, resultType);
        scope.Result = batch is null ? resultType : ((INamedTypeSymbol)resultType).TypeArguments[1];
        var key = TemplateResolver.Resolve(scope, written.Text, TemplateUse.Key, isKey: true, written.Location);
        if (key is not null)
            CheckEveryParameterIsInKey(scope, key, written.Location);
        var tags = AttributeReader.Tags(attribute).Select(tag => TemplateResolver.Resolve(scope, tag.Text, TemplateUse.Tag, isKey: false, tag.Location)).ToList();
        var version = NamedValue.Find(scope, attribute, "Version", TemplateUse.Tag, Diagnostics.NotAVersion, static path => path.IsInteger);
        if (scope.Failed || key is null)
            return null;

        use = new KeyUse(key.Parts, Names.Identity(scope.Result), Names.Message(scope.Result), scope.Display, scope.Place(written.Location));
        return new CachedMember(MethodParser.Describe(method, result), key, new(tags!), version, batch);
    }

    // A list of ids in the key and a dictionary by such ids in the result: one key for each id.
    private static BatchModel? FindBatch(MethodScope scope, string? text, ITypeSymbol resultType)
    {
        if (TemplateText.TryParse(text, out var pieces) is not null
            || resultType is not INamedTypeSymbol { Name: "IReadOnlyDictionary", Arity: 2, NullableAnnotation: not NullableAnnotation.Annotated, ContainingNamespace: { Name: "Generic", ContainingNamespace.Name: "Collections" } } dictionary)
        {
            return null;
        }

        var (idType, valueType) = (dictionary.TypeArguments[0], dictionary.TypeArguments[1]);
        foreach (var piece in pieces.Where(static piece => !piece.IsLiteral))
        {
            if (scope.Parameter(piece.Names[0]) is { Type: INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Collections_Generic_IReadOnlyList_T } list } parameter
                && SymbolEqualityComparer.IncludeNullability.Equals(list.TypeArguments[0], idType)
                && (piece.Names.Length == 1 || StableText.FindMember(list, piece.Names[1], scope.Compilation) is null))
            {
                scope.BatchParameter = parameter;
                return new BatchModel(parameter.Name, Names.Code(idType), Names.Code(valueType), StableText.MayBeNull(valueType));
            }
        }

        return null;
    }

    private static void CheckEveryParameterIsInKey(MethodScope scope, Template key, LocationModel? location)
    {
        var named = new HashSet<string>(key.Parts.Where(static part => part.Value?.Root == Root.Parameter).Select(static part => part.Value!.Name));
        foreach (var parameter in scope.Method.Parameters)
        {
            if (MethodScope.IsCancellation(parameter) || named.Contains(parameter.Name) || SymbolEqualityComparer.Default.Equals(parameter, scope.BatchParameter))
                continue;
            var descriptor = Names.Find(parameter, Names.PerUser) is null ? Diagnostics.ParameterNotInKey : Diagnostics.UserNotInKey;
            scope.Report(descriptor, MethodParser.LocationOf(parameter) ?? location, parameter.Name, scope.Display, key.Text);
        }
    }
}
