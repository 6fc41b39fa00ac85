namespace HotShelf.Caching.Generators.Tests.Driver;

public class GoldenTests
{
    private const string Source = """
        public sealed record Product(int Id, string Category, long Version);

        public interface ISource
        {
            string Name { get; }
        }

        [CachedService]
        public interface IProducts : ISource
        {
            [Cached("product:{id}", Tags = ["category:{result.Category}"], Version = "result.Version")]
            ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken = default);

            [Cached("product:{ids}", Tags = ["category:{result.Category}"], Version = "result.Version")]
            Task<IReadOnlyDictionary<int, Product>> FindManyAsync(IReadOnlyList<int> ids);

            [Cached("stock:{id}:{day}", Tags = ["stock"])]
            Task<int> StockAsync(int id, DayOfWeek? day);

            [Invalidates("product:{product.Id}", Tags = ["category:{product.Category}", "category:{result.Category}"])]
            Task<Product?> SaveAsync(Product product, CancellationToken cancellationToken);

            [Invalidates("product:{product.Id}", Version = "result.Version")]
            Task<Product?> RenameAsync(Product product);

            bool TryCount(string category, out int count);
        }
        """;

    [Theory]
    [InlineData("Shop.CachedProducts.g.cs", "CachedProducts.golden")]
    [InlineData("HotShelfCachedServices.g.cs", "HotShelfCachedServices.golden")]
    public void GeneratedFile_OfAKnownInterface_IsTheGoldenText(string file, string golden)
    {
        var generation = Generation.Of(Source);
        Assert.Empty(generation.Diagnostics);
        Assert.Empty(generation.Problems);
        var text = generation.Files[file];

        // UPDATE_GOLDEN=1 writes the golden text anew: read the difference before committing it.
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(Path.Combine(SourceFolder(), golden), text);
        else
            Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Driver", golden)), text);
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
