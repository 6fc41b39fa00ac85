namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC024NotCacheableTests : DiagnosticTestBase
{
    [Theory]
    [InlineData("System.IO.Stream", "its bytes")]
    [InlineData("System.IO.MemoryStream", "its bytes")]
    [InlineData("IAsyncEnumerable<int>", "return a list")]
    [InlineData("System.Linq.IQueryable<int>", "return a list")]
    [InlineData("System.Linq.IQueryable", "return a list")]
    [InlineData("object", "the type itself")]
    [InlineData("object?", "the type itself")]
    [InlineData("dynamic", "the type itself")]
    [InlineData("Func<int>", "the data")]
    [InlineData("Action", "the data")]
    [InlineData("Task<int>", "await it")]
    [InlineData("ValueTask", "await it")]
    [InlineData("List<object>", "the type itself")]
    [InlineData("object[]", "the type itself")]
    [InlineData("Dictionary<string, Func<int>>", "the data")]
    [InlineData("(int, Task)", "await it")]
    public void Result_ThatCannotBeKept_IsAnError(string type, string advice) => Fires(
        Service($"""[Cached("product:{"{id}"}")] ValueTask<{type}> FindAsync(int id);"""), at: "FindAsync", advice);

    [Theory]
    [InlineData("(int Left, string Right)")]
    [InlineData("byte[]")]
    [InlineData("IReadOnlyList<Product>")]
    [InlineData("Dictionary<string, (int, int)>")]
    [InlineData("Tasks")]
    [InlineData("Page<object>")]
    [InlineData("ReadOnlyMemory<byte>")]
    public void Result_LookingAlike_Passes(string type) => Passes(
        Service($"""[Cached("product:{"{id}"}")] ValueTask<{type}> FindAsync(int id);""", "public sealed class Tasks { } public sealed class Page<T> { }"));

    [Fact]
    public void Uncached_LookingAlike_Passes() => Passes(Service(
        """Task<System.IO.Stream> ReadAsync(int id); [Invalidates("product:{id}")] Task<object> SaveAsync(int id);"""));
}
