namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC012ByReferenceTests : DiagnosticTestBase
{
    [Fact]
    public void In_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(in int id);"""),
        at: "id",
        advice: "by 'in'");

    [Fact]
    public void Span_InService_IsAnError() => Fires(
        Service("""[Invalidates("product:{id}")] Task SaveAsync(int id, ReadOnlySpan<char> text);"""),
        at: "text",
        advice: "is a ref struct");

    [Fact]
    public void Ref_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("product:{id}")] Task SaveAsync(ref int id);"""),
        at: "id",
        advice: "by 'ref'");

    [Fact]
    public void Forwarded_LookingAlike_Passes() => Passes(Service(
        """Product Find(in int a, ref int b, out int c, ref readonly int d); ref readonly int First(); ref int this[int index] { get; }"""));
}
