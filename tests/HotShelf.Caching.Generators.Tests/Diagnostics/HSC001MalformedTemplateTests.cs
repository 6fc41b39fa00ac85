namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC001MalformedTemplateTests : DiagnosticTestBase
{
    [Fact]
    public void UnclosedBrace_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id")] ValueTask<Product> FindAsync(int id);"""),
        at: "\"product:{id\"",
        advice: "has no '}'");

    [Fact]
    public void StrayBrace_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:id}")] ValueTask<Product> FindAsync();"""),
        at: "\"product:id}\"",
        advice: "closes nothing");

    [Fact]
    public void Format_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id:D4}")] ValueTask<Product> FindAsync(int id);"""),
        at: "\"product:{id:D4}\"",
        advice: "write {id}");

    [Fact]
    public void Empty_InService_IsAnError() => Fires(
        Service(
            """[Cached("")] ValueTask<Product> FindAsync();"""),
        at: "\"\"",
        advice: "it is empty");

    [Fact]
    public void Space_InService_IsAnError() => Fires(
        Service(
            """[Cached("product: {id}")] ValueTask<Product> FindAsync(int id);"""),
        at: "\"product: {id}\"",
        advice: "space");

    [Fact]
    public void NothingAfterFamily_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:")] ValueTask<Product> FindAsync();"""),
        at: "\"product:\"",
        advice: "nothing follows");

    [Fact]
    public void ExpressionInsteadOfName_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id + 1}")] ValueTask<Product> FindAsync(int id);"""),
        at: "\"product:{id + 1}\"",
        advice: "not a parameter");

    [Fact]
    public void StarTag_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}", Tags = ["all", "*"])] ValueTask<Product> FindAsync(int id);"""),
        at: "\"*\"",
        advice: "every entry");

    [Fact]
    public void NothingToRemove_InService_IsAnError() => Fires(
        Service(
            """[Invalidates] Task SaveAsync(int id);"""),
        at: "Invalidates",
        advice: "neither a key nor a tag");

    [Fact]
    public void PunctuationInLiterals_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:v1/{id}?full=true\\")] ValueTask<Product> FindAsync(int id);"""));

    [Fact]
    public void StarRemoval_LookingAlike_Passes() => Passes(Service(
        """[Invalidates(Tags = ["*"])] Task ResetAsync();"""));
}
