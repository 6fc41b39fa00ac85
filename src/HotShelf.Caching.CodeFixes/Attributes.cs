using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HotShelf.Caching.CodeFixes;

/// <summary>Finds attributes as they are written: with their namespace or without, and with the ending that may be left out.</summary>
internal static class Attributes
{
    /// <summary>The attribute of this name, without its ending; null when there is none.</summary>
    public static AttributeSyntax? Find(MemberDeclarationSyntax member, string name) =>
        member.AttributeLists.SelectMany(static list => list.Attributes).FirstOrDefault(attribute => LastOf(attribute.Name) is SimpleNameSyntax { Identifier.ValueText: var text } && (text == name || text == name + "Attribute"));

    /// <summary>A type's name without what stands before it, and without its question mark.</summary>
    public static TypeSyntax LastOf(TypeSyntax type) => type switch
    {
        NullableTypeSyntax nullable => LastOf(nullable.ElementType),
        QualifiedNameSyntax qualified => qualified.Right,
        AliasQualifiedNameSyntax alias => alias.Name,
        _ => type,
    };
}
