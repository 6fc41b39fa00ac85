namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC003UnknownPlaceholderTests : DiagnosticTestBase
{
    [Fact]
    public void Misspelt_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{key}")] ValueTask<Product> FindAsync();"""),
        at: "\"product:{key}\"",
        advice: "it has none");

    [Fact]
    public void OtherCase_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("product:{Id}")] Task SaveAsync(int id, string name);"""),
        at: "\"product:{Id}\"",
        advice: "write {id} or {name}");

    [Fact]
    public void InTag_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}", Tags = ["a", "shop:{shop}"])] ValueTask<Product> FindAsync(int id);"""),
        at: "\"shop:{shop}\"",
        advice: "write {id}");

    [Fact]
    public void ParameterNamedResult_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{result}")] ValueTask<Product> FindAsync(int result);"""));

    [Fact]
    public void KeywordAsName_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{event}")] ValueTask<Product> FindAsync(int @event);"""));
}
