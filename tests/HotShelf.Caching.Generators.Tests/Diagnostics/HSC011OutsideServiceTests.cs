namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC011OutsideServiceTests : DiagnosticTestBase
{
    [Fact]
    public void InterfaceWithoutAttribute_WithCached_IsAnError() => Fires(
        """public interface IShop { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); }""",
        at: "Cached(\"product:{id}\")",
        advice: "an interface that carries [CachedService]");

    [Fact]
    public void Class_WithInvalidates_IsAnError() => Fires(
        """public class Shop { [Invalidates("product:{id}")] public Task SaveAsync(int id) => Task.CompletedTask; }""",
        at: "Invalidates(\"product:{id}\")",
        advice: "[Invalidates] on 'SaveAsync' does nothing");

    [Fact]
    public void ClassParameter_WithPerUser_IsAnError() => Fires(
        """public class Shop { public Task SaveAsync([PerUser] int id) => Task.CompletedTask; }""",
        at: "PerUser",
        advice: "[PerUser] on 'id' does nothing");

    [Fact]
    public void StaticMethod_WithCached_IsAnError() => Fires(
        Service("""[Cached("product:all")] static ValueTask<string> FindAsync() => new("");"""),
        at: "Cached(\"product:all\")",
        advice: "does nothing");

    [Theory]
    [InlineData("sealed")]
    [InlineData("private")]
    public void SealedOrPrivateMethod_WithInvalidates_IsAnError(string modifier) => Fires(
        Service($$"""[Invalidates("product:{id}")] {{modifier}} Task SaveAsync(int id) => Task.CompletedTask;"""),
        at: "Invalidates(\"product:{id}\")",
        advice: "a method that an implementation can override");

    [Fact]
    public void MethodWithABody_LookingAlike_Passes() => Passes(
        Service("""[Invalidates("product:{id}")] Task SaveAsync(int id) => Task.CompletedTask;"""));

    [Fact]
    public void BaseWithoutAttribute_OfService_IsAnErrorOnce() => Fires(
        """
        public interface IBase { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); }
        [CachedService] public interface IShop : IBase;
        """,
        at: "Cached(\"product:{id}\")",
        advice: "belongs on a method");

    [Fact]
    public void ForeignAttributesOfTheSameName_LookingAlike_Pass() => Passes("""
        public static class Theirs
        {
            public sealed class CachedAttribute(string key) : Attribute { public string Key => key; }
            public sealed class PerUserAttribute : Attribute;
        }
        public class Shop { [Theirs.Cached("product:{id}")] public int Find([Theirs.PerUser] int id) => id; }
        """);

    [Fact]
    public void InheritedService_LookingAlike_Passes() => Passes("""
        [CachedService] public interface IBase { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); }
        [CachedService] public interface IShop : IBase { [Cached("shop:{id}")] new ValueTask<string> FindAsync(int id); }
        """);
}
