namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC017NoResultTests : DiagnosticTestBase
{
    [Fact]
    public void InKey_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{result.Id}")] ValueTask<Product> FindAsync();"""),
        at: "\"product:{result.Id}\"",
        advice: "before there is one");

    [Fact]
    public void OfPlainTask_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("product:{result}")] Task SaveAsync();"""),
        at: "\"product:{result}\"",
        advice: "returns none");

    [Fact]
    public void InTagAndRemoval_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}", Tags = ["c:{result.Category}"])] ValueTask<Product> FindAsync(int id); [Invalidates("product:{result}")] Task<int?> AddAsync();"""));
}
