namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC013GenericServiceTests : DiagnosticTestBase
{
    [Fact]
    public void Interface_WithTypeParameter_IsAnError() => Fires(
        """[CachedService] public interface IShop<T> { [Cached("product:{id}")] ValueTask<T> FindAsync(int id); }""",
        at: "IShop",
        advice: "derive a closed interface");

    [Fact]
    public void Interface_InsideGenericType_IsAnError() => Fires(
        """public class Outer<T> { [CachedService] public interface IShop { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); } }""",
        at: "IShop",
        advice: "IShop is generic");

    [Fact]
    public void ClosedInterface_OverGenericOne_Passes() => Passes("""
        public interface IStore<T> { T? Find(int id); IReadOnlyList<T> All { get; } }
        [CachedService] public interface IShop : IStore<string>, IStore<int> { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); }
        """);
}
