namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC020NotACachedServiceTests : DiagnosticTestBase
{
    private const string Types = """
        [CachedService] public interface IShop { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); }
        public class Shop : IShop, IPlain { public ValueTask<string> FindAsync(int id) => new(""); }
        public interface IPlain;
        """;

    [Fact]
    public void InterfaceWithoutAttribute_Registered_IsAnError() => Fires(
        Types + "public static class Setup { public static void Add(IServiceCollection services) => services.AddCached<IPlain, Shop>(); }",
        at: "IPlain",
        advice: "add the attribute to it");

    [Fact]
    public void Class_Registered_IsAnError() => Fires(
        Types + "public static class Setup { public static void Add(IServiceCollection services) => services.AddCached<Shop>(_ => new Shop()); }",
        at: "Shop",
        advice: "it is not an interface");

    [Fact]
    public void ServiceOfAnotherAssembly_Registered_IsAnError() => Fires(
        Types + "public static class Setup { public static void Add(IServiceCollection services) => services.AddCached<HotShelf.Caching.Generators.Tests.Behaviour.IProductReader>(_ => null!); }",
        at: "HotShelf.Caching.Generators.Tests.Behaviour.IProductReader",
        advice: "register it there");

    [Fact]
    public void Service_Registered_Passes() => Passes(Types + """
        public static class Setup
        {
            public static void Add(IServiceCollection services)
            {
                services.AddCached<IShop, Shop>();
                services.AddCached<IShop>(_ => new Shop());
            }
        }
        """);

    [Fact]
    public void ForeignMethodOfTheSameName_LookingAlike_Passes() => Passes(Types + """
        public sealed class Theirs { public void AddCached<T>() { } }
        public static class Setup { public static void Add(Theirs theirs) => theirs.AddCached<IPlain>(); }
        """);
}
