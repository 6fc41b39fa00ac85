using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Emitting;

/// <summary>Writes a method that reads many keys in one call.</summary>
internal sealed class BatchMethodWriter(SourceWriter writer, ServiceModel service, CachedMember member, BatchModel batch)
{
    private readonly MethodModel _method = member.Method;
    private readonly LoaderState _state = new(service, member.Method, batch.Parameter);
    private readonly NameScope _names = new(member.Method);

    public void Write()
    {
        CachedMethodWriter.WriteComment(writer, member);
        writer.Line(DecoratorWriter.Signature(_method));
        writer.Open();
        writer.Line($"return {_names.Field("_cache")}.GetOrCreateManyAsync<{batch.IdType}, {_state.Type}, {batch.ValueType}>(");
        writer.Indent();
        writer.Line($"{Parsing.Names.Escape(batch.Parameter)},");
        var item = _names.Free("item");
        writer.Line($"{Static([member.Key])}{item} => {Code(item).String(member.Key)},");
        writer.Line($"{_state.Value},");
        var call = _state.Call("token", "missing");
        writer.Line(_method.Result.IsValueTask
            ? $"static (missing, {_state.Name}, token) => {call},"
            : $"static (missing, {_state.Name}, token) => new global::System.Threading.Tasks.ValueTask<{_method.Result.Type}>({call}),");
        WriteTags();
        if (member.Version is { } version)
        {
            var result = _names.Free("result");
            writer.Line($"version: {(version.Root == Root.Parameter ? "" : "static ")}{result} => {Code(_names.Free("item")).Version(version)},");
        }

        writer.Line($"cancellationToken: {CachedMethodWriter.Cancellation(_method)}){(_method.Result.IsValueTask ? "" : ".AsTask()")};");
        writer.Outdent();
        writer.Close();
    }

    // A lambda that needs another argument of the call than the ids has to close over it.
    private static string Static(IEnumerable<Template> templates) => templates.Any(static template => template.UsesParameters) ? "" : "static ";

    private TemplateCode Code(string item) => new(static name => Parsing.Names.Escape(name), _names.Free("result")) { Element = item };

    private void WriteTags()
    {
        if (member.Tags.Count == 0)
            return;
        var result = _names.Free("result");
        var code = Code(_names.Free("item"));
        var head = $"tags: {Static(member.Tags)}{result} =>";
        if (member.Tags.All(static tag => tag.Each is null))
        {
            WriteTagList(code, head, result);
            return;
        }

        var tags = _names.Free("tags");
        writer.Line(head);
        writer.Open();
        writer.Line($"var {tags} = new global::System.Collections.Generic.List<string>();");
        writer.Lines(code.ForEach(member.Tags.Where(static tag => !tag.UsesResult), text => $"{tags}.Add({text});"));
        if (batch.ValueMayBeNull)
            writer.Lines([$"if ({result} is null)", $"    return {tags};"]);
        writer.Lines(code.ForEach(member.Tags.Where(static tag => tag.UsesResult), text => $"{tags}.Add({text});"));
        writer.Line($"return {tags};");
        writer.Close(",");
    }

    private void WriteTagList(TemplateCode code, string head, string result)
    {
        var all = $"[{string.Join(", ", member.Tags.Select(code.String))}]";
        var known = $"[{string.Join(", ", member.Tags.Where(static tag => !tag.UsesResult).Select(code.String))}]";
        writer.Line(batch.ValueMayBeNull && member.Tags.Any(static tag => tag.UsesResult) ? $"{head} {result} is null ? {known} : {all}," : $"{head} {all},");
    }
}
