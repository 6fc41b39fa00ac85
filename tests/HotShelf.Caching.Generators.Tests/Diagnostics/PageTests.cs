using System.Text.RegularExpressions;
using HotShelf.Caching.Generators.Tests.Driver;

namespace HotShelf.Caching.Generators.Tests.Diagnostics;

/// <summary>The page of each diagnostic: its wrong code has that error and no other, and its right code has none.</summary>
public sealed partial class PageTests
{
    /// <summary>What the pages take for granted.</summary>
    private const string Types = """
        using System.IO;
        public sealed record Product(int Id, string Category, long Version, DateTimeOffset ChangedAt);
        public sealed record NewProduct(string Name);
        public readonly record struct ProductId(int Value) : ISpanFormattable
        {
            public string ToString(string? format, IFormatProvider? provider) => Value.ToString(provider);
            public bool TryFormat(Span<char> destination, out int written, ReadOnlySpan<char> format, IFormatProvider? provider) => Value.TryFormat(destination, out written, format, provider);
        }
        public sealed record Basket(int Count);
        public sealed class Query { public string CacheKey => ""; }
        public sealed class Page;
        public enum WriteStatus { Done }
        public sealed record WriteResult(WriteStatus Status, bool IsDone);
        """;

    private const string Reader = """
        [CachedService] public interface IProductReader { [Cached("product:{id}")] ValueTask<Product> FindAsync(int id); }
        public sealed class ProductReader : IProductReader { public ValueTask<Product> FindAsync(int id) => throw new NotSupportedException(); }
        """;

    [Theory]
    [MemberData(nameof(CatalogTests.Ids), MemberType = typeof(CatalogTests))]
    public void Page_WrongAndRightCode_FiresAndPasses(string id)
    {
        var blocks = Block().Matches(File.ReadAllText(Path.Combine(CatalogTests.Root, "docs/diagnostics", $"{id}.md"))).Select(static block => block.Groups[1].Value).ToArray();
        Assert.Equal(2, blocks.Length);
        Assert.Equal(id, string.Join(' ', Generation.Of(Whole(blocks[0])).Diagnostics.Select(static diagnostic => diagnostic.Id).Distinct()));
        Assert.Empty(Generation.Of(Whole(blocks[1])).Diagnostics);
    }

    private static string Whole(string code) => code switch
    {
        _ when code.Contains("interface ", StringComparison.Ordinal) => $"{Types}\n{code}",
        _ when code.StartsWith("services.", StringComparison.Ordinal) => $"{Types}\n{Reader}\npublic static class Setup {{ public static void Run(IServiceCollection services) {{ {code} }} }}",
        _ => $"{Types}\n[CachedService]\npublic interface IShop\n{{\n{code}}}",
    };

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
