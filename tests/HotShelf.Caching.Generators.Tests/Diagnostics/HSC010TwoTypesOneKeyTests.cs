namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC010TwoTypesOneKeyTests : DiagnosticTestBase
{
    [Fact]
    public void OneInterface_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{id}")] ValueTask<string> NameAsync(int id);"""),
        at: "\"product:{id}\"",
        advice: "a key of its own");

    [Fact]
    public void OtherPlaceholderName_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{sku}")] Task<string?> NameAsync(string sku);"""),
        at: "\"product:{sku}\"",
        advice: "IShop.FindAsync stores Product");

    [Fact]
    public void OtherInterface_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id);""",
            """
            [CachedService] public interface IOther { [Cached("product:{key}")] ValueTask<int?> FindAsync(int key); }
            """),
        at: "\"product:{id}\"",
        advice: "IShop.FindAsync");

    [Fact]
    public void NullableNumber_InService_IsAnError() => Fires(
        Service(
            """[Cached("stock:{id}")] ValueTask<int> FindAsync(int id); [Cached("stock:{id}")] ValueTask<int?> TryFindAsync(int id);"""),
        at: "\"stock:{id}\"",
        advice: "stores int?");

    [Fact]
    public void SameTypeButForNullability_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<Product?> FindAsync(int id); [Cached("product:{ids}")] Task<IReadOnlyDictionary<int, Product>> FindAsync(IReadOnlyList<int> ids);"""));

    [Fact]
    public void OtherKeys_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{id}:name")] ValueTask<string> NameAsync(int id);"""));
}
