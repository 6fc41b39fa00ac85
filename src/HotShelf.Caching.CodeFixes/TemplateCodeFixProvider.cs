using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HotShelf.Caching.CodeFixes;

/// <summary>Corrects the template of a [Cached] or [Invalidates] attribute: its family, its placeholders and what is between them.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(TemplateCodeFixProvider)), Shared]
public sealed class TemplateCodeFixProvider : CodeFixProvider
{
    private const string NoFamily = "HSC002";
    private const string UnknownPlaceholder = "HSC003";
    private const string ParameterNotInKey = "HSC004";
    private const string UserNotInKey = "HSC005";
    private const string NoSeparator = "HSC016";
    private const string CancellationInTemplate = "HSC018";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [NoFamily, UnknownPlaceholder, ParameterNotInKey, UserNotInKey, NoSeparator, CancellationInTemplate];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (var diagnostic in context.Diagnostics)
        {
            var node = root!.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method || LiteralAt(node, method) is not { } literal)
                continue;
            var text = literal.Token.ValueText;
            foreach (var corrected in Corrections(diagnostic, text, method).Where(corrected => corrected != text).Distinct())
            {
                var title = $"Write \"{corrected}\"";
                context.RegisterCodeFix(
                    CodeAction.Create(title, _ => Task.FromResult(Replace(context.Document, root, literal, corrected)), equivalenceKey: title),
                    diagnostic);
            }
        }
    }

    // Errors about a parameter are shown there, and corrected in the key.
    private static LiteralExpressionSyntax? LiteralAt(SyntaxNode node, MethodDeclarationSyntax method)
    {
        if (node.FirstAncestorOrSelf<ParameterSyntax>() is not null)
            node = Attributes.Find(method, "Cached")?.ArgumentList?.Arguments.FirstOrDefault()!;
        return (node is AttributeArgumentSyntax argument ? argument.Expression : node) is LiteralExpressionSyntax { RawKind: (int)SyntaxKind.StringLiteralExpression } literal ? literal : null;
    }

    private static IEnumerable<string> Corrections(Diagnostic diagnostic, string text, MethodDeclarationSyntax method)
    {
        var arguments = diagnostic.Properties;
        switch (diagnostic.Id)
        {
            case NoFamily when FamilyOf(method.ReturnType) is { } family:
                yield return $"{family}:{text}";
                break;
            case UnknownPlaceholder:
                var wrong = arguments["0"]!;
                // The same name in another case first, then what the template does not name yet.
                foreach (var parameter in method.ParameterList.Parameters.OrderByDescending(parameter => string.Equals(parameter.Identifier.ValueText, wrong, StringComparison.OrdinalIgnoreCase)))
                {
                    var name = parameter.Identifier.ValueText;
                    if (parameter.Type?.ToString() != nameof(CancellationToken) && !text.Contains($"{{{name}}}"))
                        yield return text.Replace($"{{{wrong}}}", $"{{{name}}}").Replace($"{{{wrong}.", $"{{{name}.");
                }

                break;
            case ParameterNotInKey or UserNotInKey:
                yield return $"{text}:{{{arguments["0"]}}}";
                break;
            case NoSeparator:
                var (left, right) = ($"{{{arguments["1"]}}}", $"{{{arguments["2"]}}}");
                var end = text.IndexOf(left, StringComparison.Ordinal) + left.Length;
                var next = text.IndexOf(right, end, StringComparison.Ordinal);
                if (next >= end)
                    yield return $"{text.Substring(0, end)}:{text.Substring(next == end ? end : end + (text[end] is '-' or '_' or '.' ? 1 : 0))}";
                break;
            case CancellationInTemplate:
                var placeholder = $"{{{arguments["0"]}}}";
                var without = text.Replace($":{placeholder}", "").Replace(placeholder, "");
                yield return without.Contains(':') ? without : $"{without}:all";
                break;
        }
    }

    /// <summary><c>ValueTask&lt;ProductPage?&gt;</c> gives <c>product-page</c>.</summary>
    private static string? FamilyOf(TypeSyntax type)
    {
        var name = type.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().LastOrDefault()?.Identifier.ValueText;
        return string.IsNullOrEmpty(name) || name is "Task" or "ValueTask" ? null : string.Concat(name!.Select(static (character, index) =>
            char.IsUpper(character) && index > 0 ? $"-{char.ToLowerInvariant(character)}" : $"{char.ToLowerInvariant(character)}"));
    }

    private static Document Replace(Document document, SyntaxNode root, LiteralExpressionSyntax literal, string text) =>
        document.WithSyntaxRoot(root.ReplaceNode(literal, literal.WithToken(SyntaxFactory.Literal(literal.Token.LeadingTrivia, SymbolDisplay.FormatLiteral(text, quote: true), text, literal.Token.TrailingTrivia))));
}
