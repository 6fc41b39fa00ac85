using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Reads a method with one or more [Invalidates].</summary>
internal static class InvalidatingMethodParser
{
    public static InvalidatingMember? Parse(MethodScope scope, IReadOnlyList<AttributeData> attributes)
    {
        var method = scope.Method;
        var result = MethodParser.ReadResult(method, out var resultType);
        if (result is null)
        {
            scope.Report(
                Diagnostics.NotAsynchronous, MethodParser.LocationOf(method), scope.Display, Names.Message(method.ReturnType),
                "removing entries has to be awaited after the write: make it Task, ValueTask, Task<T> or ValueTask<T>");
            return null;
        }

        MethodParser.CheckParameters(scope);
        scope.Result = resultType;
        var keys = attributes.SelectMany(AttributeReader.Keys)
            .Select(key => TemplateResolver.Resolve(scope, key.Text, TemplateUse.Removal, isKey: true, key.Location)).ToList();
        var tags = attributes.SelectMany(AttributeReader.Tags)
            .Select(tag => TemplateResolver.Resolve(scope, tag.Text, TemplateUse.Removal, isKey: false, tag.Location)).ToList();
        if (keys.Count + tags.Count == 0)
            scope.Report(Diagnostics.MalformedTemplate, AttributeReader.Location(attributes[0]), "", "[Invalidates] names neither a key nor a tag");
        return scope.Failed ? null : new InvalidatingMember(MethodParser.Describe(method, result), new(keys!), new(tags!));
    }
}
