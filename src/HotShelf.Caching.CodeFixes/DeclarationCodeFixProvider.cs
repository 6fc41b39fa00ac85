using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace HotShelf.Caching.CodeFixes;

/// <summary>Corrects the declaration around a [Cached] or [Invalidates] attribute: an asynchronous result, [CachedService], an interface that can be named.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(DeclarationCodeFixProvider)), Shared]
public sealed class DeclarationCodeFixProvider : CodeFixProvider
{
    private const string NotAsynchronous = "HSC006";
    private const string OutsideService = "HSC011";
    private const string NotReachable = "HSC019";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [NotAsynchronous, OutsideService, NotReachable];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (var diagnostic in context.Diagnostics)
        {
            var node = root!.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (Correction(diagnostic.Id, node) is not var (title, old, corrected))
                continue;
            context.RegisterCodeFix(
                CodeAction.Create(title, _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(old, corrected))), equivalenceKey: title),
                diagnostic);
        }
    }

    private static (string Title, SyntaxNode Old, SyntaxNode Corrected)? Correction(string id, SyntaxNode node)
    {
        var type = node.FirstAncestorOrSelf<TypeDeclarationSyntax>();
        switch (id)
        {
            case NotAsynchronous when node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } method && Asynchronous(method) is { } result:
                return ($"Return {result}", method.ReturnType, SyntaxFactory.ParseTypeName(result).WithTriviaFrom(method.ReturnType));
            // A method that no implementation can override, or a class, is another mistake.
            case OutsideService when type is InterfaceDeclarationSyntax && node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } method && !method.Modifiers.Any(IsNotOverridable)
                && Attributes.Find(type, "CachedService") is null:
                return ("Add [CachedService]", type, WithCachedService(type));
            case NotReachable when type is InterfaceDeclarationSyntax && type.Modifiers.Any(IsAccess):
                return ("Make it internal", type, type.WithModifiers(SyntaxFactory.TokenList(type.Modifiers.First(IsAccess) is var access
                    ? type.Modifiers.Where(modifier => modifier == access || !IsAccess(modifier)).Select(modifier => modifier == access ? SyntaxFactory.Token(SyntaxKind.InternalKeyword).WithTriviaFrom(access) : modifier)
                    : [])));
            default:
                return null;
        }
    }

    private static string? Asynchronous(MethodDeclarationSyntax method) => Attributes.LastOf(method.ReturnType) switch
    {
        // A read without a result, Task without one and streams need a decision about what is kept.
        PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword } => Attributes.Find(method, "Cached") is null ? "ValueTask" : null,
        SimpleNameSyntax { Identifier.ValueText: "Task" or "ValueTask" or "IAsyncEnumerable" } => null,
        _ => $"ValueTask<{method.ReturnType.WithoutTrivia()}>",
    };

    private static TypeDeclarationSyntax WithCachedService(TypeDeclarationSyntax type)
    {
        var attributes = SyntaxFactory.AttributeList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Attribute(SyntaxFactory.IdentifierName("CachedService"))))
            .WithLeadingTrivia(type.GetLeadingTrivia())
            .WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed);
        var bare = type.WithoutLeadingTrivia();
        return bare.WithAttributeLists(bare.AttributeLists.Insert(0, attributes)).WithAdditionalAnnotations(Formatter.Annotation);
    }

    private static bool IsNotOverridable(SyntaxToken modifier) =>
        modifier.Kind() is SyntaxKind.StaticKeyword or SyntaxKind.SealedKeyword or SyntaxKind.PrivateKeyword;

    private static bool IsAccess(SyntaxToken modifier) =>
        modifier.Kind() is SyntaxKind.PrivateKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.FileKeyword;
}
