namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC026NotAChangeTests : DiagnosticTestBase
{
    private const string Row = "public sealed record Row(int Id, string Change, string? Maybe, string[] Each);";

    [Theory]
    [InlineData("result.Id")]
    [InlineData("result.Each")]
    public void OtherType_IsAnError(string change) => Fires(
        Service($$"""[Invalidates(Tags = ["all"], Change = "{{change}}")] Task<Row> SaveAsync(int id);""", Row),
        at: $"Change = \"{change}\"",
        advice: "name one parameter or member");

    [Fact]
    public void Texts_OfResultAndParameters_Pass() => Passes(Service(
        """
        [Invalidates(Tags = ["all"], Change = "result.Change")] Task<Row?> FirstAsync(int id);
            [Invalidates("product:{id}", Tags = ["all", "id:{id}"], Change = "result.Maybe", Version = "result.Id")] ValueTask<Row> SecondAsync(int id);
            [Invalidates(Tags = ["all"], Change = "result")] Task<string?> ThirdAsync(int id);
            [Invalidates(Tags = ["ids:{ids}"], Change = "change")] Task FourthAsync(int[] ids, string? change);
        """,
        Row));
}
