namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC014InheritedTests : DiagnosticTestBase
{
    [Fact]
    public void InheritedStaticAbstract_InService_IsAnErrorOnTheService() => Fires(
        """
        public interface IBase { static abstract int Count { get; set; } }
        [CachedService] public interface IShop : IBase;
        """,
        at: "IShop",
        advice: "IBase.Count is static and abstract");

    [Fact]
    public void ReimplementedStaticAbstract_LookingAlike_Passes() => Passes("""
        public interface IBase { int Count(); }
        [CachedService] public interface IShop : IBase { int IBase.Count() => 1; }
        """);
}
