namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC014CannotForwardTests : DiagnosticTestBase
{
    [Fact]
    public void StaticAbstract_InService_IsAnError() => Fires(
        Service(
            """static abstract int Count();"""),
        at: "Count",
        advice: "is static and abstract");

    [Fact]
    public void InitAccessor_InService_IsAnError() => Fires(
        Service(
            """int Count { get; init; }"""),
        at: "Count",
        advice: "has an init accessor");

    [Fact]
    public void StaticWithBodyAndDefault_LookingAlike_Passes() => Passes(Service(
        """static int Count() => 1; int Twice() => 2 * Count(); private int Hidden() => 3; sealed int Sealed() => Hidden();"""));
}
