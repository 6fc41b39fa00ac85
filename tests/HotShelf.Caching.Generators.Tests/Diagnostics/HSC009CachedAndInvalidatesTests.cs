namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC009CachedAndInvalidatesTests : DiagnosticTestBase
{
    [Fact]
    public void Both_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] [Invalidates("product-list:all")] ValueTask<Product> FindAsync(int id);"""),
        at: "FindAsync",
        advice: "split it");

    [Fact]
    public void SeveralInvalidates_LookingAlike_Passes() => Passes(Service(
        """[Invalidates("product:{id}")] [Invalidates("product-list:all", Tags = ["lists"])] ValueTask<Product> SaveAsync(int id);"""));

    [Fact]
    public void OneEach_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Invalidates("product:{id}")] Task SaveAsync(int id);"""));
}
