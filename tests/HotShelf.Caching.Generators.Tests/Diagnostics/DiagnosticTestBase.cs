using HotShelf.Caching.Generators.Tests.Driver;

namespace HotShelf.Caching.Generators.Tests.Diagnostics;

/// <summary>What the test class of each id asks: does it fire, there and with that advice; and does its look-alike pass.</summary>
public abstract class DiagnosticTestBase
{
    /// <summary>The class is named after its id.</summary>
    private string Id => GetType().Name[.."HSC000".Length];

    /// <summary>Members of a [CachedService] interface, with what they use.</summary>
    protected static string Service(string members, string others = "") => $$"""
        public sealed record Product(int Id, string Category, IReadOnlyList<Product> Parts, object Raw);
        {{others}}
        [CachedService]
        public interface IShop
        {
            {{members}}
        }
        """;

    /// <param name="source">The source.</param>
    /// <param name="at">The source text that the error underlines.</param>
    /// <param name="advice">Part of the message.</param>
    protected void Fires(string source, string at, string advice)
    {
        var generation = Generation.Of(source);
        var found = Assert.Single(generation.Diagnostics);
        Assert.Equal(Id, found.Id);
        Assert.Contains(advice, found.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var text = generation.Input.SyntaxTrees[0].GetText();
        Assert.Equal(at, text.ToString(found.Location.SourceSpan));
        Assert.Equal($"File0.cs", found.Location.GetLineSpan().Path);
    }

    protected static void Passes(string source)
    {
        var generation = Generation.Of(source);
        Assert.Empty(generation.Diagnostics);
        Assert.Empty(generation.Problems);
    }
}
