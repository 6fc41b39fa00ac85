using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Emitting;

/// <summary>Writes a method that removes entries once the wrapped one has succeeded.</summary>
internal sealed class InvalidatingMethodWriter(SourceWriter writer, ServiceModel service, InvalidatingMember member)
{
    private const string RemoveByTag = "RemoveByTagAsync";

    private readonly MethodModel _method = member.Method;
    private readonly NameScope _names = new(member.Method);

    private string Cache => _names.Field("_cache");

    public void Write()
    {
        WriteComment();
        writer.Line(DecoratorWriter.Signature(_method, "async "));
        writer.Open();
        var result = _names.Free("result");
        writer.Line($"{(_method.Result.Type is null ? "" : $"var {result} = ")}await {Call()}.ConfigureAwait(false);");
        writer.Line("// The write has happened: its caller may leave, the removal stays.");
        var code = new TemplateCode(static name => Parsing.Names.Escape(name), result) { Element = _names.Free("item") };
        foreach (var removal in member.Removals)
            WriteRemoval(code, removal);
        if (_method.Result.Type is not null)
            writer.Line($"return {result};");
        writer.Close();
    }

    private void WriteComment()
    {
        foreach (var removal in member.Removals)
        {
            var when = removal.When is { } condition ? $" when {(condition.Root == Root.Result ? "result" : condition.Name)}{condition.Members}" : "";
            if (removal.Keys.Count > 0)
                writer.Line($"// removes {string.Join(", ", removal.Keys.Select(static key => $"\"{key.Text}\""))}{when}");
            if (removal.Tags.Count > 0)
                writer.Line($"// removes by tag {string.Join(", ", removal.Tags.Select(static tag => $"\"{tag.Text}\""))}{when}");
        }
    }

    private void WriteRemoval(TemplateCode code, RemovalModel removal)
    {
        // A condition, or a method with several removals, keeps the names of its lists to itself.
        var isBlock = removal.When is not null || member.Removals.Count > 1;
        if (removal.When is { } when)
            writer.Line($"if ({code.Condition(when)})");

        if (isBlock)
            writer.Open();
        var version = removal.Version is { } path ? $", {code.Version(path)}" : "";
        WriteRemoval(code, removal.Keys, _names.Free("keys"), version.Length == 0 ? "RemoveAsync" : "RemoveOlderAsync", version);
        var change = removal.Change is { } name ? $", {code.Path(name)}" : "";
        WriteRemoval(code, removal.Tags, _names.Free("tags"), RemoveByTag, change);
        if (isBlock)
            writer.Close();
    }

    private string Call()
    {
        var inner = _names.Field("_inner");
        var target = _method.Interface == service.Interface ? inner : $"(({_method.Interface}){inner})";
        return $"{target}.{Parsing.Names.Escape(_method.Name)}{_method.TypeParameters}({string.Join(", ", _method.Parameters.Select(static parameter => parameter.Name))})";
    }

    private void WriteRemoval(TemplateCode code, EquatableArray<Template> templates, string list, string remove, string argument)
    {
        if (templates.Count == 0)
            return;
        const string Uncancelled = "global::System.Threading.CancellationToken.None";
        if (templates.All(template => template.Each is null && !IsConditional(template)))
        {
            var texts = templates.Select(code.String).ToList();
            // Of tags with a change, one is a list too.
            var isOne = texts.Count == 1 && (argument.Length == 0 || remove != RemoveByTag);
            writer.Line($"await {Cache}.{remove}({(isOne ? texts[0] : $"(string[])[{string.Join(", ", texts)}]")}{argument}, {Uncancelled}).ConfigureAwait(false);");
            return;
        }

        writer.Line($"var {list} = new global::System.Collections.Generic.List<string>();");
        writer.Lines(code.ForEach(templates.Where(template => !IsConditional(template)), text => $"{list}.Add({text});"));
        if (templates.Any(IsConditional))
        {
            writer.Line($"if ({_names.Free("result")} is not null)");
            writer.Open();
            writer.Lines(code.ForEach(templates.Where(IsConditional), text => $"{list}.Add({text});"));
            writer.Close();
        }

        // A collection may have been empty, and then there is nothing to send.
        var mayBeEmpty = templates.All(template => template.Each is not null || IsConditional(template));
        if (mayBeEmpty)
            writer.Line($"if ({list}.Count > 0)");
        writer.Line($"{(mayBeEmpty ? "    " : "")}await {Cache}.{remove}({list}{argument}, {Uncancelled}).ConfigureAwait(false);");
    }

    // A null result has no members to name what should go: nothing was changed.
    private bool IsConditional(Template template) => template.UsesResult && _method.Result.MayBeNull;
}
