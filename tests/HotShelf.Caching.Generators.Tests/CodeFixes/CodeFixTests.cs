using HotShelf.Caching.CodeFixes;
using HotShelf.Caching.Generators.Tests.Driver;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace HotShelf.Caching.Generators.Tests.CodeFixes;

/// <summary>What an editor offers for a diagnostic, and that the diagnostic is gone once it is taken.</summary>
public sealed class CodeFixTests
{
    private static readonly CodeFixProvider[] s_providers = [new TemplateCodeFixProvider(), new DeclarationCodeFixProvider()];

    private static string Service(string members) => $$"""
        public sealed record ProductPage(int Id);
        [CachedService]
        public interface IShop
        {
            {{members}}
        }
        """;

    [Theory]
    // HSC002
    [InlineData("""[Cached("{id}")] ValueTask<ProductPage?> FindAsync(int id);""", """[Cached("product-page:{id}")] ValueTask<ProductPage?> FindAsync(int id);""")]
    // HSC003
    [InlineData("""[Cached("product:{Id}")] ValueTask<ProductPage> FindAsync(int id);""", """[Cached("product:{id}")] ValueTask<ProductPage> FindAsync(int id);""")]
    [InlineData("""[Cached(@"product:{key}")] ValueTask<ProductPage> FindAsync(int id, CancellationToken token);""", """[Cached("product:{id}")] ValueTask<ProductPage> FindAsync(int id, CancellationToken token);""")]
    [InlineData("""[Cached("product:{id}:{page.Id}", Tags = ["shop:{Page.Id}"])] ValueTask<ProductPage> FindAsync(int id, ProductPage page);""", """[Cached("product:{id}:{page.Id}", Tags = ["shop:{page.Id}"])] ValueTask<ProductPage> FindAsync(int id, ProductPage page);""")]
    // HSC004 and HSC005
    [InlineData("""[Cached("product:{id}")] ValueTask<ProductPage> FindAsync(int id, string culture);""", """[Cached("product:{id}:{culture}")] ValueTask<ProductPage> FindAsync(int id, string culture);""")]
    [InlineData("""[Cached("basket:mine")] ValueTask<ProductPage> FindAsync([PerUser] Guid userId);""", """[Cached("basket:mine:{userId}")] ValueTask<ProductPage> FindAsync([PerUser] Guid userId);""")]
    // HSC006
    [InlineData("""[Cached("product:{id}")] ProductPage? Find(int id);""", """[Cached("product:{id}")] ValueTask<ProductPage?> Find(int id);""")]
    [InlineData("""[Invalidates("product:{id}")] void Save(int id);""", """[Invalidates("product:{id}")] ValueTask Save(int id);""")]
    // HSC016
    [InlineData("""[Cached("product:{a}{b}")] ValueTask<ProductPage> FindAsync(int a, int b);""", """[Cached("product:{a}:{b}")] ValueTask<ProductPage> FindAsync(int a, int b);""")]
    [InlineData("""[Cached("product:{a}-{b}")] ValueTask<ProductPage> FindAsync(int a, int b);""", """[Cached("product:{a}:{b}")] ValueTask<ProductPage> FindAsync(int a, int b);""")]
    // HSC018
    [InlineData("""[Cached("product:{id}:{token}")] ValueTask<ProductPage> FindAsync(int id, CancellationToken token);""", """[Cached("product:{id}")] ValueTask<ProductPage> FindAsync(int id, CancellationToken token);""")]
    [InlineData("""[Cached("product:{token}")] ValueTask<ProductPage> FindAsync(CancellationToken token);""", """[Cached("product:all")] ValueTask<ProductPage> FindAsync(CancellationToken token);""")]
    public Task Member_Wrong_Corrected(string wrong, string corrected) => CorrectsAsync(Service(wrong), Service(corrected));

    [Fact]
    public Task Interface_WithoutCachedService_GetsIt() => CorrectsAsync(
        """public interface IShop { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); }""",
        """
        [CachedService]
        public interface IShop { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); }
        """);

    [Theory]
    [InlineData("private")]
    [InlineData("protected")]
    [InlineData("private protected")]
    public Task Interface_NotReachable_BecomesInternal(string access) => CorrectsAsync(
        $$"""public class Outer { [CachedService] {{access}} interface IShop { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); } }""",
        """public class Outer { [CachedService] internal interface IShop { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); } }""");

    [Theory]
    [InlineData("""[Cached("product:{id}")] Task FindAsync(int id);""")]
    [InlineData("""[Cached("product:{id}")] IAsyncEnumerable<int> FindAsync(int id);""")]
    [InlineData("""[Cached("product:{id}")] void Find(int id);""")]
    [InlineData("""[HotShelf.Caching.CachedAttribute("product:{id}")] void Find(int id);""")]
    [InlineData("""[Cached("product:{id}")] System.Threading.Tasks.Task FindAsync(int id);""")]
    [InlineData("""[Cached("product:{id}")] Task? FindAsync(int id);""")]
    [InlineData("""const string Key = "product:{Id}"; [Cached(Key)] ValueTask<ProductPage> FindAsync(int id);""")]
    [InlineData("""[Cached("product:{key}")] ValueTask<ProductPage> FindAsync();""")]
    [InlineData("""[Cached("product:all")] static ValueTask<string> FindAsync() => new("");""")]
    public async Task Member_NoSingleCorrection_NothingOffered(string wrong)
    {
        var (_, actions) = await OfferedAsync(Generation.Of(Service(wrong)));
        Assert.Empty(actions);
    }

    [Theory]
    [InlineData("static")]
    [InlineData("sealed")]
    [InlineData("private")]
    public async Task Method_ThatCannotBeOverridden_NothingOffered(string modifier)
    {
        var (_, actions) = await OfferedAsync(Generation.Of($$"""public interface IShop { [Cached("product:all")] {{modifier}} ValueTask<string> FindAsync() => new(""); }"""));
        Assert.Empty(actions);
    }

    [Fact]
    public async Task UnknownPlaceholder_SeveralParameters_EachOfferedAndTheSimilarOneFirst()
    {
        var (_, actions) = await OfferedAsync(Generation.Of(Service("""[Invalidates("product:{ID}")] Task SaveAsync(string name, int id, CancellationToken token);""")));
        Assert.Equal(["Write \"product:{id}\"", "Write \"product:{name}\""], actions.Select(static action => action.Title));
    }

    private static async Task CorrectsAsync(string wrong, string corrected)
    {
        var generation = Generation.Of(wrong);
        var (document, actions) = await OfferedAsync(generation);
        var operation = (ApplyChangesOperation)Assert.Single(await actions[0].GetOperationsAsync(default));
        var text = (await operation.ChangedSolution.GetDocument(document.Id)!.GetTextAsync()).ToString();
        Assert.Equal(Normal(Generation.Parse(corrected, "").ToString()), Normal(text));

        var after = generation.After(input => input.ReplaceSyntaxTree(input.SyntaxTrees[0], Generation.Parse(corrected, input.SyntaxTrees[0].FilePath)));
        Assert.Empty(after.Diagnostics);

        static string Normal(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>For the first diagnostic that has fixes.</summary>
    private static async Task<(Document Document, List<CodeAction> Actions)> OfferedAsync(Generation generation)
    {
        Assert.NotEmpty(generation.Diagnostics);
        using var workspace = new AdhocWorkspace();
        var document = workspace.AddProject("Shop", LanguageNames.CSharp).AddDocument("File0.cs", await generation.Input.SyntaxTrees[0].GetTextAsync());
        var actions = new List<CodeAction>();
        foreach (var diagnostic in generation.Diagnostics.Where(_ => actions.Count == 0))
        {
            foreach (var provider in s_providers.Where(provider => provider.FixableDiagnosticIds.Contains(diagnostic.Id)))
                await provider.RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), default));
        }

        return (document, actions);
    }
}
