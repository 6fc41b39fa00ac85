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
    public void OtherPlaceholderType_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{sku}")] ValueTask<Product?> FindAsync(string sku);"""),
        at: "\"product:{sku}\"",
        advice: "IShop.FindAsync stores Product? by string under \"product:{}\", where IShop.FindAsync stores Product by a whole number");

    [Fact]
    public void OtherElementType_OfABatch_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{skus}")] Task<IReadOnlyDictionary<string, Product>> FindAsync(IReadOnlyList<string> skus);"""),
        at: "\"product:{skus}\"",
        advice: "by string");

    [Fact]
    public void OtherOrder_OfTwoPlaceholders_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}:{name}")] ValueTask<Product> FindAsync(int id, string name); [Cached("product:{name}:{id}")] ValueTask<Product> FindAsync(string name, int id);"""),
        at: "\"product:{name}:{id}\"",
        advice: "by string and a whole number");

    [Fact]
    public void WholeNumbersMembersAndNullables_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{id}")] ValueTask<Product> FindAsync(long id); [Cached("product:{id}")] ValueTask<Product> FindAsync(int? id); [Cached("product:{like.Id}")] ValueTask<Product> FindAsync(Product like);"""));

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
