namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC025NotAVersionTests : DiagnosticTestBase
{
    private const string Row = "public sealed record Row(int Id, uint Version, long? Maybe, string Text, ulong Large, decimal Amount, int[] Each);";

    [Theory]
    [InlineData("result.Text")]
    [InlineData("result.Large")]
    [InlineData("result.Amount")]
    [InlineData("result.Each")]
    public void OtherType_InVersionOfCached_IsAnError(string version) => Fires(
        Service($$"""[Cached("product:{id}", Version = "{{version}}")] Task<Row> FindAsync(int id);""", Row),
        at: $"Version = \"{version}\"",
        advice: "name one parameter or member");

    [Fact]
    public void OtherType_InVersionOfInvalidates_IsAnError() => Fires(
        Service("""[Invalidates("product:{id}", Version = "name")] Task SaveAsync(int id, string name);"""),
        at: "Version = \"name\"",
        advice: "name one parameter or member");

    [Fact]
    public void WholeNumbers_OfResultAndParameters_Pass() => Passes(Service(
        """
        [Cached("product:{id}", Version = "result.Version")] Task<Row?> FirstAsync(int id);
            [Cached("other:{id}", Version = "result.Maybe", Tags = ["id:{result.Id}"])] ValueTask<Row> SecondAsync(int id);
            [Cached("product:{ids}", Version = "result.Version")] Task<IReadOnlyDictionary<int, Row?>> ManyAsync(IReadOnlyList<int> ids);
            [Invalidates("product:{id}", Version = "result.Maybe")] Task<Row?> ThirdAsync(int id);
            [Invalidates("product:{ids}", Version = "version")] Task FourthAsync(int[] ids, short? version);
            [Invalidates("product:{id}", "other:{id}", Version = "result")] Task<long> FifthAsync(int id);
        """,
        Row));
}
