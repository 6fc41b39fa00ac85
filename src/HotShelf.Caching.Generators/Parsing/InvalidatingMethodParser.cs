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
        var removals = attributes.Select(attribute => Removal(scope, attribute)).ToList();
        if (scope.Failed)
            return null;

        // Attributes with one condition, version and change are one removal, and so one round trip for all their keys.
        var merged = removals.GroupBy(static removal => (removal.When, removal.Version, removal.Change))
            .Select(static group => new RemovalModel(new(group.SelectMany(static removal => removal.Keys)), new(group.SelectMany(static removal => removal.Tags)), group.Key.When, group.Key.Version, group.Key.Change));
        return new InvalidatingMember(MethodParser.Describe(method, result), new(merged));
    }

    private static RemovalModel Removal(MethodScope scope, AttributeData attribute)
    {
        var keys = AttributeReader.Keys(attribute)
            .Select(key => TemplateResolver.Resolve(scope, key.Text, TemplateUse.Removal, isKey: true, key.Location)).ToList();
        var tags = AttributeReader.Tags(attribute)
            .Select(tag => TemplateResolver.Resolve(scope, tag.Text, TemplateUse.Removal, isKey: false, tag.Location)).ToList();
        if (keys.Count + tags.Count == 0)
            scope.Report(Diagnostics.MalformedTemplate, AttributeReader.Location(attribute), "", "[Invalidates] names neither a key nor a tag");
        return new RemovalModel(
            new(keys!), new(tags!),
            NamedValue.Find(scope, attribute, "When", TemplateUse.Removal, Diagnostics.NotACondition, static path => path.IsBoolean),
            NamedValue.Find(scope, attribute, "Version", TemplateUse.Removal, Diagnostics.NotAVersion, static path => path.IsInteger),
            NamedValue.Find(scope, attribute, "Change", TemplateUse.Removal, Diagnostics.NotAChange, static path => path.IsText));
    }
}
