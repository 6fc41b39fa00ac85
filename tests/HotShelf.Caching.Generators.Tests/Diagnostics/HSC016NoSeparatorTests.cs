namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC016NoSeparatorTests : DiagnosticTestBase
{
    [Fact]
    public void Adjacent_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{a}{b}")] ValueTask<Product> FindAsync(int a, int b);"""),
        at: "\"product:{a}{b}\"",
        advice: "put a ':'");

    [Fact]
    public void Dash_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{a}-{b}")] ValueTask<Product> FindAsync(int a, int b);"""),
        at: "\"product:{a}-{b}\"",
        advice: "{a} from {b}");

    [Fact]
    public void LettersInTag_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{a}:{b}", Tags = ["x{a}and{b}"])] ValueTask<Product> FindAsync(string a, string b);"""),
        at: "\"x{a}and{b}\"",
        advice: "could give one text");

    [Fact]
    public void Separated_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{a}:{b}/{c}|{d}-:x{e}end")] ValueTask<Product> FindAsync(int a, int b, int c, int d, int e);"""));
}
