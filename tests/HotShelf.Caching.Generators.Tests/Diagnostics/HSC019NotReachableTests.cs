namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC019NotReachableTests : DiagnosticTestBase
{
    private const string Method = """[Cached("product:{id}")] ValueTask<string> FindAsync(int id);""";

    [Fact]
    public void PrivateInterface_WithService_IsAnError() => Fires(
        $$"""public class Outer { [CachedService] private interface IShop { {{Method}} } }""", at: "IShop", advice: "IShop is private");

    [Fact]
    public void ProtectedInterface_WithService_IsAnError() => Fires(
        $$"""public class Outer { [CachedService] protected interface IShop { {{Method}} } }""", at: "IShop", advice: "internal or public");

    [Fact]
    public void InterfaceInsidePrivateType_WithService_IsAnError() => Fires(
        $$"""public class Outer { private class Inner { [CachedService] public interface IShop { {{Method}} } } }""", at: "IShop", advice: "cannot name it");

    [Fact]
    public void FileInterface_WithService_IsAnError() => Fires(
        $$"""[CachedService] file interface IShop { {{Method}} }""", at: "IShop", advice: "local to its file");

    [Fact]
    public void InternalAndNestedInterfaces_LookingAlike_Pass() => Passes($$"""
        [CachedService] internal interface IShop { {{Method}} }
        public class Outer { [CachedService] protected internal interface IShop { {{Method}} } public class Inner { [CachedService] internal interface IShop { {{Method}} } } }
        """);
}
