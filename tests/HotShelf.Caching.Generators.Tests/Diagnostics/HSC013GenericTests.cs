namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC013GenericTests : DiagnosticTestBase
{
    [Fact]
    public void Method_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<T> FindAsync<T>(int id);"""),
        at: "FindAsync",
        advice: "a method for each type");

    [Fact]
    public void GenericResult_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<IReadOnlyList<KeyValuePair<string, Product>>> FindAsync(int id);"""));

    [Fact]
    public void GenericWriter_LookingAlike_Passes() => Passes(Service(
        """[Invalidates("product:{id}")] Task<T?> SaveAsync<T>(int id, T value) where T : class, new();"""));

    [Fact]
    public void GenericForwarded_LookingAlike_Passes() => Passes(Service(
        """T? Make<T>(T? value); T Other<T>() where T : struct; TChild? Third<TChild>(TChild? child) where TChild : Exception;"""));
}
