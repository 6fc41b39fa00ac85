namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC006NotAsynchronousTests : DiagnosticTestBase
{
    [Fact]
    public void Synchronous_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] Product Find(int id);"""),
        at: "Find",
        advice: "ValueTask<T> or Task<T>");

    [Fact]
    public void TaskWithoutResult_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] Task FindAsync(int id);"""),
        at: "FindAsync",
        advice: "return a value");

    [Fact]
    public void Stream_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] IAsyncEnumerable<Product> FindAsync(int id);"""),
        at: "FindAsync",
        advice: "ValueTask<T> or Task<T>");

    [Fact]
    public void SynchronousWriter_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("product:{id}")] void Save(int id);"""),
        at: "Save",
        advice: "has to be awaited");

    [Fact]
    public void SynchronousWithoutAttribute_LookingAlike_Passes() => Passes(Service(
        """Product Find(int id); Task SaveAsync(int id); IAsyncEnumerable<Product> AllAsync();"""));

    [Fact]
    public void WriterWithoutResult_LookingAlike_Passes() => Passes(Service(
        """[Invalidates("product:{id}")] ValueTask SaveAsync(int id);"""));
}
