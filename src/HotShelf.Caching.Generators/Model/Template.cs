namespace HotShelf.Caching.Generators.Model;

/// <summary>What a placeholder starts from.</summary>
internal enum Root
{
    Parameter,
    Result,
    Element,
}

/// <summary>A value in code: a root and the members read from it, for instance <c>query</c> and <c>?.CacheKey</c>.</summary>
/// <param name="Root">Where it starts.</param>
/// <param name="Name">The parameter's name when it starts from one.</param>
/// <param name="Members">Member accesses, each with its operator; may be empty.</param>
/// <param name="MayBeNull">Whether the value itself may be null.</param>
/// <param name="IsBoolean">Whether it is true, false or null.</param>
/// <param name="IsInteger">Whether it is a whole number that a <c>long</c> can hold, or null.</param>
/// <param name="IsText">Whether it is a string, or null.</param>
internal sealed record ValuePath(Root Root, string Name, string Members, bool MayBeNull, bool IsBoolean = false, bool IsInteger = false, bool IsText = false);

/// <summary>A stretch of a template: literal text, or a value.</summary>
/// <param name="Literal">The text, when it is no value.</param>
/// <param name="Value">The value, when it is no text.</param>
/// <param name="IsEnum">Whether the value is written by its enum name.</param>
/// <param name="Type">The value's type without nullability; all whole numbers are one, because their texts are. None for text.</param>
/// <param name="Forms">The forms of the value's texts.</param>
internal sealed record TemplatePart(string? Literal, ValuePath? Value, bool IsEnum, string? Type = null, EquatableArray<string> Forms = default)
{
    /// <summary>The <see cref="Type"/> of all whole numbers.</summary>
    public const string WholeNumber = "a whole number";
}

/// <summary>A collection that a template goes through.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="ElementType">What it holds.</param>
internal sealed record Collection(ValuePath Path, string ElementType);

/// <summary>A key or tag as declared, with every placeholder understood.</summary>
/// <param name="Text">As the developer wrote it.</param>
/// <param name="Parts">Its stretches.</param>
/// <param name="Each">The collection that gives one text per element, or none.</param>
internal sealed record Template(string Text, EquatableArray<TemplatePart> Parts, Collection? Each)
{
    public bool IsConstant => Parts.All(static part => part.Value is null);

    public bool UsesResult => Each?.Path.Root == Root.Result || Parts.Any(static part => part.Value?.Root == Root.Result);

    public bool UsesParameters => Each?.Path.Root == Root.Parameter || Parts.Any(static part => part.Value?.Root == Root.Parameter);

    public string Family => Text.Substring(0, Math.Max(0, Text.IndexOf(':')));
}
