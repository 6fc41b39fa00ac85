using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Emitting;

/// <summary>Templates as C# expressions.</summary>
/// <param name="parameter">How a parameter is written where the code stands: itself, or a member of the loader's state.</param>
/// <param name="result">How the result is written there.</param>
internal sealed class TemplateCode(Func<string, string> parameter, string result = "result")
{
    /// <summary>The element of a collection; the names of parameters that could hide it are given to the constructor's functions.</summary>
    public string Element { get; set; } = "item";

    public const string KeyText = "global::HotShelf.Caching.CacheKeyText";

    /// <summary>The interpolated string that a CacheKeyText takes.</summary>
    public string Interpolated(Template template) => $"$\"{string.Concat(template.Parts.Select(Part))}\"";

    /// <summary>An expression of type string. A template of one placeholder, which only a tag can be, may have no text.</summary>
    public string String(Template template) => template.IsConstant ? Quote(template) : $"{KeyText}.{(template.Parts.Count == 1 ? "FormatTag" : "Format")}({Interpolated(template)})";

    public string Path(ValuePath path) => path.Root switch
    {
        Root.Parameter => parameter(path.Name),
        Root.Result => result,
        _ => Element,
    } + path.Members;

    /// <summary>A version as a <c>long</c>; 0 where a value on the way may be null.</summary>
    public string Version(ValuePath path) => Path(path) + (path.MayBeNull ? " ?? 0" : "");

    /// <summary>A condition; false where a value on the way may be null.</summary>
    public string Condition(ValuePath path) => Path(path) + (path.MayBeNull ? " == true" : "");

    /// <summary>A statement for each text of the templates; a collection is walked once for all that go through it.</summary>
    public IEnumerable<string> ForEach(IEnumerable<Template> templates, Func<string, string> statement)
    {
        foreach (var group in templates.GroupBy(static template => template.Each))
        {
            var statements = group.Select(template => statement(String(template))).ToList();
            if (group.Key is not { } each)
            {
                foreach (var line in statements)
                    yield return line;
                continue;
            }

            yield return $"foreach ({each.ElementType} {Element} in {Walked(each)})";
            if (statements.Count > 1)
                yield return "{";
            foreach (var line in statements)
                yield return "    " + line;
            if (statements.Count > 1)
                yield return "}";
        }
    }

    public static string Quote(Template template) => $"\"{string.Concat(template.Parts.Select(static part => Escape(part.Literal!)))}\"";

    private string Walked(Collection each) => each.Path.MayBeNull
        ? $"(global::System.Collections.Generic.IEnumerable<{each.ElementType}>?){Path(each.Path)} ?? []"
        : Path(each.Path);

    private string Part(TemplatePart part) =>
        part.Value is not { } value ? Escape(part.Literal!) : part.IsEnum ? $"{{({KeyText}.Name({Path(value)}))}}" : $"{{{Path(value)}}}";

    private static string Escape(string literal) => literal.Replace("\\", "\\\\").Replace("\"", "\\\"");
}
