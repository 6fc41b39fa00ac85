namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC018CancellationInTemplateTests : DiagnosticTestBase
{
    [Fact]
    public void InKey_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{token}")] ValueTask<Product> FindAsync(CancellationToken token);"""),
        at: "\"product:{token}\"",
        advice: "remove it");

    [Fact]
    public void MerelyNamedSo_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{cancellationToken}")] ValueTask<Product> FindAsync(int cancellationToken, CancellationToken other);"""));
}
