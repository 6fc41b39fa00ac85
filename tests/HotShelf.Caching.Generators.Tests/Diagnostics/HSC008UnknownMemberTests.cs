namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC008UnknownMemberTests : DiagnosticTestBase
{
    [Fact]
    public void OfParameter_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{like.Name}")] ValueTask<Product> FindAsync(Product like);"""),
        at: "\"product:{like.Name}\"",
        advice: "'Name'");

    [Fact]
    public void OfResult_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}", Tags = ["c:{result.Categroy}"])] ValueTask<Product?> FindAsync(int id);"""),
        at: "\"c:{result.Categroy}\"",
        advice: "'Categroy'");

    [Fact]
    public void Method_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("product:{product.ToString}")] Task SaveAsync(Product product);"""),
        at: "\"product:{product.ToString}\"",
        advice: "add the member");

    [Fact]
    public void WriteOnly_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("product:{secret.Value}")] Task SaveAsync(Secret secret);""",
            """
            public sealed class Secret { public string Value { set { } } internal static int Count => 1; }
            """),
        at: "\"product:{secret.Value}\"",
        advice: "'Value'");

    [Fact]
    public void InheritedAndNested_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{like.Date.Year}:{like.Length}")] ValueTask<Product> FindAsync(Derived like);""",
        """
        public class Base { public DateOnly Date { get; } = default; } public sealed class Derived : Base { public int Length = 1; }
        """));

    [Fact]
    public void ElementOfNullableResult_LookingAlike_Passes() => Passes(Service(
        """[Invalidates("product:{result.Parts.Id}", Tags = ["c:{result.Category}"])] Task<Product?> SaveAsync();"""));
}
