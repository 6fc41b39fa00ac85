using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Emitting;

/// <summary>Writes a method answered from the cache, one key a call.</summary>
internal sealed class CachedMethodWriter(SourceWriter writer, ServiceModel service, CachedMember member, string? tagField)
{
    private readonly MethodModel _method = member.Method;
    private readonly NameScope _names = new(member.Method);
    private readonly LoaderState _state = new(service, member.Method, except: null);

    /// <summary>Tags that need no result: they are given to the cache before the load.</summary>
    public static IEnumerable<Template> KnownEarly(CachedMember member) => member.Tags.Where(static tag => !tag.UsesResult && tag.Each is null);

    public void Write()
    {
        WriteComment(writer, member);
        writer.Line(DecoratorWriter.Signature(_method));
        writer.Open();
        var late = member.Tags.Where(static tag => tag.UsesResult || tag.Each is not null).ToList();
        if (late.Count == 0 && member.Version is null)
            WriteWithKnownTags();
        else
            WriteWithResult(late);
        writer.Close();
    }

    public static void WriteComment(SourceWriter writer, CachedMember member)
    {
        var tags = member.Tags.Count == 0 ? "" : $", tags {string.Join(", ", member.Tags.Select(static tag => $"\"{tag.Text}\""))}";
        writer.Line($"// key \"{member.Key.Text}\"{tags}");
        writer.Line($"// policy: family '{member.Key.Family}'; set it under Caching:Families:{member.Key.Family}");
    }

    public static string Cancellation(MethodModel method) =>
        method.Parameters.FirstOrDefault(static parameter => parameter.IsCancellation)?.Name ?? "default";

    private void WriteWithKnownTags()
    {
        WriteCall();
        var call = _state.Call("token");
        writer.Line(_method.Result.IsValueTask
            ? $"static ({_state.Name}, token) => {call}{Comma}"
            : $"static ({_state.Name}, token) => new global::System.Threading.Tasks.ValueTask<{_method.Result.Type}>({call}){Comma}");
        WriteEnd();
        writer.Outdent();
    }

    private void WriteWithResult(List<Template> late)
    {
        WriteCall();
        writer.Line($"static async (fill, {_state.Name}, token) =>");
        writer.Open();
        writer.Line($"var result = await {_state.Call("token")}.ConfigureAwait(false);");
        WriteLateTags(late);
        if (member.Version is { } version)
            writer.Line($"fill.Version = {new TemplateCode(_state.Parameter).Version(version)};");
        writer.Line("return result;");
        writer.Close(Comma);
        WriteEnd();
        writer.Outdent();
    }

    // The key goes as a span: a hit needs no string for it.
    private void WriteCall()
    {
        var key = _names.Free("key");
        if (!member.Key.IsConstant)
            writer.Line($"using {TemplateCode.KeyText} {key} = {Parameters().Interpolated(member.Key)};");
        writer.Line($"return {_names.Field("_cache")}.GetOrCreateAsync<{_state.Type}, {_method.Result.Type}>(");
        writer.Indent();
        writer.Line(member.Key.IsConstant ? $"{TemplateCode.Quote(member.Key)}," : $"{key}.Text,");
        writer.Line($"{_state.Value},");
    }

    private void WriteLateTags(List<Template> late)
    {
        var code = new TemplateCode(_state.Parameter);
        writer.Lines(code.ForEach(late.Where(static tag => !tag.UsesResult), AddTag));
        var ofResult = late.Where(static tag => tag.UsesResult).ToList();
        if (ofResult.Count == 0)
            return;
        if (_method.Result.MayBeNull)
        {
            writer.Line("if (result is not null)");
            writer.Open();
        }

        writer.Lines(code.ForEach(ofResult, AddTag));
        if (_method.Result.MayBeNull)
            writer.Close();
    }

    private static string AddTag(string tag) => $"fill.AddTag({tag});";

    private string Comma => EndArguments().Count > 0 ? "," : "";

    private void WriteEnd()
    {
        var arguments = EndArguments();
        var end = _method.Result.IsValueTask ? ");" : ").AsTask();";
        for (var i = 0; i < arguments.Count; i++)
            writer.Line(arguments[i] + (i == arguments.Count - 1 ? end : ","));
    }

    private List<string> EndArguments()
    {
        var arguments = new List<string>();
        var early = KnownEarly(member).ToList();
        if (early.Count > 0)
            arguments.Add($"tags: {tagField ?? $"[{string.Join(", ", early.Select(Parameters().String))}]"}");
        arguments.Add($"cancellationToken: {Cancellation(_method)}");
        return arguments;
    }

    private static TemplateCode Parameters() => new(static name => Parsing.Names.Escape(name));
}
