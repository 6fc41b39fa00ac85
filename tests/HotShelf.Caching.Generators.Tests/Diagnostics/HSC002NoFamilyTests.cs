namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC002NoFamilyTests : DiagnosticTestBase
{
    [Fact]
    public void PlaceholderFirst_InService_IsAnError() => Fires(
        Service(
            """[Cached("{id}")] ValueTask<Product> FindAsync(int id);"""),
        at: "\"{id}\"",
        advice: "begin it with");

    [Fact]
    public void NoColon_InService_IsAnError() => Fires(
        Service(
            """[Cached("products")] ValueTask<Product> FindAsync();"""),
        at: "\"products\"",
        advice: "colon");

    [Fact]
    public void PlaceholderInFamily_InService_IsAnError() => Fires(
        Service(
            """[Cached("product-{id}:name")] ValueTask<Product> FindAsync(int id);"""),
        at: "\"product-{id}:name\"",
        advice: "\"product:{id}\"");

    [Fact]
    public void Removal_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("{id}")] Task SaveAsync(int id);"""),
        at: "\"{id}\"",
        advice: "family");

    [Fact]
    public void TagWithoutFamily_LookingAlike_Passes() => Passes(Service(
        """[Cached("product_2.0-x:{id}", Tags = ["{id}", "products"])] ValueTask<Product> FindAsync(int id);"""));
}
