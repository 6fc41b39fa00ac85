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

    [Theory]
    [InlineData("protected void Hook();")]
    [InlineData("protected int Hook() => 1;")]
    [InlineData("private protected event Action Hook;")]
    [InlineData("int Hook { get; protected set; }")]
    public void Protected_InService_IsAnError(string member) => Fires(Service(member), at: "Hook", advice: "is protected");

    [Fact]
    public void StaticWithBodyAndDefault_LookingAlike_Passes() => Passes(Service(
        """static int Count() => 1; int Twice() => 2 * Count(); private int Hidden() => 3; sealed int Sealed() => Hidden(); protected internal int Near();"""));
}
