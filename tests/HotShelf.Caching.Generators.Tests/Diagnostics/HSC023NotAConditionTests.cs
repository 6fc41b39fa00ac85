namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC023NotAConditionTests : DiagnosticTestBase
{
    private const string Written = "public readonly record struct Written(bool IsDone, Product? Product, int Count, bool[] Each);";

    [Theory]
    [InlineData("result.Count")]
    [InlineData("result.Each")]
    [InlineData("id")]
    public void OtherType_InWhen_IsAnError(string when) => Fires(
        Service($$"""[Invalidates("product:{id}", When = "{{when}}")] Task<Written> SaveAsync(int id);""", Written),
        at: $"When = \"{when}\"",
        advice: "name one parameter or member");

    [Fact]
    public void Booleans_OfResultAndParameters_Pass() => Passes(Service(
        """
        [Invalidates("product:{id}", When = "result.IsDone")] Task<Written> FirstAsync(int id);
            [Invalidates("product:{id}", When = "result")] [Invalidates("product:all")] Task<bool?> SecondAsync(int id);
            [Invalidates("product:{ids}", When = "force")] Task ThirdAsync(int[] ids, bool? force);
            [Invalidates("product:{result.Product.Id}", When = "result.IsDone")] [Invalidates(Tags = ["x:{ids}"], When = "result.IsDone")] Task<Written?> FourthAsync(int[] ids);
        """,
        Written));
}
