using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;
using static HotShelf.Caching.Generators.Parsing.TemplateText;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Where a template stands, which decides what it may name.</summary>
internal enum TemplateUse
{
    Key,
    Tag,
    Removal,
}

/// <summary>Finds out what the placeholders of one template stand for.</summary>
internal sealed class TemplateResolver(MethodScope scope, string text, TemplateUse use, LocationModel? location, bool isResultChecked)
{
    private Collection? _each;

    /// <param name="scope">The method.</param>
    /// <param name="text">The template.</param>
    /// <param name="use">Where it stands.</param>
    /// <param name="isKey">Whether it is a key, which begins with a family.</param>
    /// <param name="location">Where errors go.</param>
    /// <param name="isResultChecked">Whether the code around it has seen that the result is not null.</param>
    public static Template? Resolve(MethodScope scope, string? text, TemplateUse use, bool isKey, LocationModel? location, bool isResultChecked = true)
    {
        if (TryParse(text, out var pieces) is { } error)
        {
            scope.Report(Diagnostics.MalformedTemplate, location, text ?? "null", error);
            return null;
        }

        if (isKey && !HasFamily(text!))
        {
            scope.Report(Diagnostics.NoFamily, location, text!);
            return null;
        }

        if (isKey && text!.IndexOf(':') == text.Length - 1)
        {
            scope.Report(Diagnostics.MalformedTemplate, location, text, "nothing follows the family");
            return null;
        }

        if (use == TemplateUse.Tag && text == "*")
        {
            scope.Report(Diagnostics.MalformedTemplate, location, text, "\"*\" stands for every entry and cannot be given to one");
            return null;
        }

        return new TemplateResolver(scope, text!, use, location, isResultChecked).Resolve(pieces);
    }

    private Template? Resolve(List<Piece> pieces)
    {
        for (var i = 1; i < pieces.Count; i++)
        {
            // The placeholder before this one is beside it, or beyond one literal.
            var left = pieces[i - 1].IsLiteral ? i - 2 : i - 1;
            if (!pieces[i].IsLiteral && left >= 0 && !Separates(pieces[i - 1].Literal ?? ""))
                scope.Report(Diagnostics.NoSeparator, location, text, pieces[left].Placeholder, pieces[i].Placeholder);
        }

        var parts = new List<TemplatePart>();
        foreach (var piece in pieces)
        {
            var part = piece.IsLiteral ? new TemplatePart(piece.Literal, null, false) : ResolvePlaceholder(piece);
            if (part is null)
                return null;
            parts.Add(part);
        }

        return new Template(text, new(parts), _each);
    }

    private TemplatePart? ResolvePlaceholder(Piece piece)
    {
        var name = piece.Names[0];
        if (name == "result" && (use != TemplateUse.Key || scope.Parameter(name) is null))
            return ResolveResult(piece);
        if (scope.Parameter(name) is not { } parameter)
            return Report(Diagnostics.UnknownPlaceholder, name, scope.Display, KnownNames());
        if (MethodScope.IsCancellation(parameter))
            return Report(Diagnostics.CancellationInTemplate, name, text);

        if (!SymbolEqualityComparer.Default.Equals(parameter, scope.BatchParameter))
            return Walk(piece, new ValuePath(Root.Parameter, name, "", StableText.MayBeNull(parameter.Type)), parameter.Type, isChecked: false);
        if (use == TemplateUse.Key)
            return WalkElement(piece, 1, StableText.ElementOf(parameter.Type)!);
        return Report(Diagnostics.BatchShape, piece.Placeholder, "a tag of such a method belongs to one value, so name a member of {result} instead");
    }

    private string KnownNames()
    {
        var names = scope.Method.Parameters.Where(static parameter => !MethodScope.IsCancellation(parameter)).Select(static parameter => $"{{{parameter.Name}}}").ToList();
        return names.Count == 0 ? "it has none, so write the key without placeholders" : $"write {string.Join(" or ", names)}";
    }

    private TemplatePart? ResolveResult(Piece piece)
    {
        if (use == TemplateUse.Key)
            return Report(Diagnostics.NoResult, text, "the key is needed before there is one: use parameters only");
        if (scope.Result is null)
            return Report(Diagnostics.NoResult, text, $"{scope.Display} returns none: return a value, or use parameters only");
        return Walk(piece, new ValuePath(Root.Result, "result", "", !isResultChecked && StableText.MayBeNull(scope.Result)), scope.Result, isResultChecked);
    }

    /// <param name="piece">The placeholder.</param>
    /// <param name="path">Its root.</param>
    /// <param name="type">The root's type.</param>
    /// <param name="isChecked">Whether the code around it has seen that the root is not null.</param>
    private TemplatePart? Walk(Piece piece, ValuePath path, ITypeSymbol type, bool isChecked)
    {
        for (var i = 1; i < piece.Names.Length; i++)
        {
            var owner = StableText.WithoutNullable(type);
            var member = StableText.FindMember(owner, piece.Names[i], scope.Compilation);
            if (member is null)
            {
                return StableText.ElementOf(owner) is { } element
                    ? WalkEach(piece, path, i, element)
                    : Report(Diagnostics.UnknownMember, Names.Message(owner), piece.Names[i], piece.Placeholder);
            }

            var access = !StableText.MayBeNull(type) ? "." : !isChecked ? "?." : ReferenceEquals(owner, type) ? "." : ".Value.";
            type = StableText.TypeOf(member);
            isChecked = false;
            path = path with { Members = path.Members + access + Names.Escape(piece.Names[i]), MayBeNull = StableText.MayBeNull(type) || path.Members.Contains('?') || access == "?." };
        }

        if (StableText.Has(type))
        {
            var value = StableText.WithoutNullable(type);
            var plain = value.SpecialType;
            var isInteger = plain is SpecialType.System_SByte or SpecialType.System_Byte or SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Int64;
            var isEnum = StableText.IsEnum(type);
            path = path with { IsBoolean = plain == SpecialType.System_Boolean, IsInteger = isInteger && !isEnum, IsText = plain == SpecialType.System_String };
            var name = path.IsInteger || plain == SpecialType.System_UInt64 ? TemplatePart.WholeNumber : Names.Identity(value);
            return new TemplatePart(null, path, isEnum, name, new(ValueForms.Of(value, name, path.MayBeNull)));
        }

        if (StableText.ElementOf(StableText.WithoutNullable(type)) is { } last)
            return WalkEach(piece, path, piece.Names.Length, last);
        return Report(Diagnostics.UnstableType, piece.Placeholder, Names.Message(type));
    }

    private TemplatePart? WalkEach(Piece piece, ValuePath path, int from, ITypeSymbol element)
    {
        var collection = new Collection(path, Names.Code(element));
        if (use == TemplateUse.Key)
            return Report(Diagnostics.BatchShape, piece.Placeholder, "otherwise name a member that stands for the whole, such as {query.CacheKey}");
        if (path.Root == Root.Element || (_each is not null && _each != collection))
            return Report(Diagnostics.TwoCollections, text);
        _each = collection;
        return WalkElement(piece, from, element);
    }

    private TemplatePart? WalkElement(Piece piece, int from, ITypeSymbol type) =>
        Walk(
            new Piece(null, [.. piece.Names.Skip(from - 1)]),
            new ValuePath(Root.Element, "item", "", StableText.MayBeNull(type)),
            type,
            isChecked: false);

    private TemplatePart? Report(DiagnosticDescriptor descriptor, params string[] arguments)
    {
        scope.Report(descriptor, location, arguments);
        return null;
    }
}
