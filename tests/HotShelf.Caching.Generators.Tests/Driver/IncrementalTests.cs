using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HotShelf.Caching.Generators.Tests.Driver;

public class IncrementalTests
{
    private const string Shop = """
        public sealed record Product(int Id, string Category);

        [CachedService]
        public interface IShop
        {
            [Cached("product:{id}", Tags = ["category:{result.Category}"])]
            ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken);

            [Cached("wrong:{nothing}")]
            ValueTask<Product> WrongAsync();
        }
        """;

    private const string Other = "public class Other { public int Answer => 42; }";

    private readonly Generation _first = Generation.Of(Shop, Other);

    [Fact]
    public void Run_SameCompilation_RunsNoStepAnew()
    {
        var second = _first.After(static compilation => compilation);
        Assert.All(StepsOf(second), step => Assert.True(IsUntouched(step.Reason), $"{step.Name}: {step.Reason}"));
        Assert.All(OutputsOf(second), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void Edit_InAnotherFile_RunsNoStepAnewAndWritesNothing()
    {
        var second = Edit(1, Other.Replace("42", "43", StringComparison.Ordinal));

        Assert.All(StepsOf(second), step => Assert.True(IsUntouched(step.Reason), $"{step.Name}: {step.Reason}"));
        Assert.All(OutputsOf(second), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void Edit_AboveTheInterface_WritesNothingAnew()
    {
        var second = Edit(0, "// a comment that moves everything down\n" + Shop);

        Assert.All(ReasonsOf(second, CachedServiceGenerator.ModelStep), reason => Assert.True(IsUntouched(reason)));
        Assert.All(ReasonsOf(second, CachedServiceGenerator.RegistrationStep), reason => Assert.True(IsUntouched(reason)));
        Assert.Equal(_first.Files, second.Files);
        // The error moved with its line.
        Assert.Equal(_first.Diagnostics.Single().Location.GetLineSpan().StartLinePosition.Line + 1, second.Diagnostics.Single().Location.GetLineSpan().StartLinePosition.Line);
    }

    [Fact]
    public void Edit_OfATemplate_WritesTheDecoratorAnewAndNoRegistration()
    {
        var second = Edit(0, Shop.Replace("product:{id}", "goods:{id}", StringComparison.Ordinal));

        Assert.Equal([IncrementalStepRunReason.Modified], ReasonsOf(second, CachedServiceGenerator.ModelStep));
        Assert.All(ReasonsOf(second, CachedServiceGenerator.RegistrationStep), reason => Assert.True(IsUntouched(reason)));
        Assert.Contains("goods:{id}", second.Files["Shop.CachedShop.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void Edit_OfOneService_WritesNoOtherAnew()
    {
        const string other = """[CachedService] public interface IOther { [Cached("other:{id}")] ValueTask<string> FindAsync(int id); }""";
        var second = Generation.Of(Shop, other).After(static compilation => Replace(compilation, 1, other.Replace("other:{id}", "others:{id}", StringComparison.Ordinal)));

        Assert.Equal(
            [IncrementalStepRunReason.Cached, IncrementalStepRunReason.Modified],
            ReasonsOf(second, CachedServiceGenerator.ModelStep).Select(static reason => IsUntouched(reason) ? IncrementalStepRunReason.Cached : reason));
    }

    [Fact]
    public void Edit_OfATypeInAnotherFile_IsSeen()
    {
        var first = Generation.Of(
            "[CachedService] public interface IShop { [Cached(\"product:{key.Id}\")] ValueTask<string> FindAsync(Key key); }", "public record Key(string Id);");
        Assert.Empty(first.Diagnostics);
        var second = first.After(static compilation => Replace(compilation, 1, "public record Key(string Name);"));
        Assert.Equal("HSC008", Assert.Single(second.Diagnostics).Id);
    }

    private Generation Edit(int file, string source) => _first.After(compilation => Replace(compilation, file, source));

    private static CSharpCompilation Replace(CSharpCompilation compilation, int file, string source) =>
        compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[file], Generation.Parse(source, $"File{file}.cs"));

    private static bool IsUntouched(IncrementalStepRunReason reason) => reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged;

    private static IEnumerable<(string Name, IncrementalStepRunReason Reason)> StepsOf(Generation generation) =>
        generation.Driver.GetRunResult().Results.Single().TrackedSteps
            // The compiler's own inputs are new in every run; what counts is that they end in equal models.
            .Where(static step => step.Key is not ("Compilation" or "compilationUnit_ForAttribute" or "compilationAndGroupedNodes_ForAttributeWithMetadataName"))
            .SelectMany(static step => step.Value.SelectMany(run => run.Outputs.Select(output => (step.Key, output.Reason))));

    private static IEnumerable<IncrementalStepRunReason> OutputsOf(Generation generation) =>
        generation.Driver.GetRunResult().Results.Single().TrackedOutputSteps.Values.SelectMany(static runs => runs).SelectMany(static run => run.Outputs).Select(static output => output.Reason);

    private static IEnumerable<IncrementalStepRunReason> ReasonsOf(Generation generation, string step) =>
        generation.Driver.GetRunResult().Results.Single().TrackedSteps[step].SelectMany(static run => run.Outputs).Select(static output => output.Reason);
}
