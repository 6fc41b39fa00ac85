namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC004ParameterNotInKeyTests : DiagnosticTestBase
{
    [Fact]
    public void Forgotten_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id, string culture);"""),
        at: "culture",
        advice: "add {culture}");

    [Fact]
    public void OnlyInTag_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}", Tags = ["culture:{culture}"])] ValueTask<Product> FindAsync(int id, string culture);"""),
        at: "culture",
        advice: "add {culture}");

    [Fact]
    public void WithDefault_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:all")] ValueTask<Product> FindAsync(bool full = false);"""),
        at: "full",
        advice: "add {full}");

    [Fact]
    public void BesideBatch_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{ids}")] ValueTask<IReadOnlyDictionary<int, Product>> FindAsync(IReadOnlyList<int> ids, string culture);"""),
        at: "culture",
        advice: "add {culture}");

    [Fact]
    public void CancellationToken_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id, CancellationToken cancellationToken = default);"""));

    [Fact]
    public void ThroughMember_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{product.Id}")] ValueTask<Product> FindAsync(Product product);"""));

    [Fact]
    public void WriterNeedsNoParameterInKey_LookingAlike_Passes() => Passes(Service(
        """[Invalidates("product:all")] Task SaveAsync(int id, string culture);"""));
}
