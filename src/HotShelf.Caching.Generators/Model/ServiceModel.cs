namespace HotShelf.Caching.Generators.Model;

/// <summary>All that is needed to write one decorator; holds no position in a file, so an edit above the interface writes nothing anew.</summary>
/// <param name="Namespace">Of the interface and its decorator; empty for the global one.</param>
/// <param name="Interface">Fully qualified.</param>
/// <param name="Decorator">The decorator's name.</param>
/// <param name="HintName">The generated file's name.</param>
/// <param name="Members">In the interface's order, inherited ones last.</param>
/// <param name="ShortNames">Types that need no namespace in its file.</param>
internal sealed record ServiceModel(string Namespace, string Interface, string Decorator, string HintName, EquatableArray<MemberModel> Members, EquatableArray<string> ShortNames)
{
    public string QualifiedDecorator => Namespace.Length == 0 ? $"global::{Decorator}" : $"global::{Namespace}.{Decorator}";
}

/// <summary>What one interface gave: its model and place, what is wrong with it, and the keys it uses.</summary>
internal sealed record ServiceResult(ServiceModel? Model, LocationModel? Location, EquatableArray<DiagnosticModel> Diagnostics, EquatableArray<KeyUse> Keys);

/// <summary>That a method stores values of a type under a key.</summary>
/// <param name="Key">The template.</param>
/// <param name="Type">What is stored, as the run time sees it.</param>
/// <param name="TypeName">For the message.</param>
/// <param name="Method">For the message.</param>
/// <param name="Location">For the message.</param>
internal sealed record KeyUse(EquatableArray<TemplatePart> Key, string Type, string TypeName, string Method, LocationModel? Location)
{
    /// <summary>The template with its placeholders emptied: <c>product:{}</c>.</summary>
    public string Shape { get; } = string.Concat(Key.Select(static part => part.Literal ?? "{}"));

    public string Family => Shape.Substring(0, Shape.IndexOf(':'));

    /// <summary>What the placeholders stand for, in their order.</summary>
    public string Placeholders { get; } = string.Join(" and ", Key.Select(static part => part.Type).Where(static type => type is not null)).Replace("global::", "");
}
