namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC022NameTakenTests : DiagnosticTestBase
{
    private const string Method = """[Cached("product:{id}")] ValueTask<string> FindAsync(int id);""";

    [Fact]
    public void TypeOfThatName_BesideTheService_IsAnErrorOfOurs()
    {
        var generation = Driver.Generation.Of($$"""[CachedService] public interface IShop { {{Method}} } public class CachedShop;""");
        var found = Assert.Single(generation.Diagnostics);
        Assert.Equal("HSC022", found.Id);
        Assert.Contains("would be named CachedShop", found.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Fact]
    public void DecoratorOfThatName_OfAnotherService_IsAnError() => Fires(
        $$"""
        [CachedService] public interface IOuter_Shop { {{Method}} }
        public static class Outer { [CachedService] public interface IShop { {{Method}} } }
        """,
        at: "IShop",
        advice: "The decorator of Shop.Outer.IShop would be named CachedOuter_Shop, and so is the decorator of Shop.IOuter_Shop");

    [Fact]
    public void TypeOfThatName_ElsewhereOrNested_Passes() => Passes($$"""
        [CachedService] public interface IShop { {{Method}} }
        public static class Elsewhere { public class CachedShop; }
        """);

    [Fact]
    public void ServicesWhoseNamesDifferOnlyByTheI_LookingAlike_Pass() => Passes($$"""
        [CachedService] public interface IShop { {{Method}} }
        [CachedService] public interface Shop { {{Method}} }
        [CachedService] public interface OuterShop { {{Method}} }
        public static class Outer { [CachedService] public interface IShop { {{Method}} } }
        """);
}
