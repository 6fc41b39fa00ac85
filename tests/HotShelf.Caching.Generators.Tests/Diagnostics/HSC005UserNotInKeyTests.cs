namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC005UserNotInKeyTests : DiagnosticTestBase
{
    [Fact]
    public void UserForgotten_InService_IsAnError() => Fires(
        Service(
            """[Cached("basket:mine")] ValueTask<Product> FindAsync([PerUser] Guid userId);"""),
        at: "userId",
        advice: "one user would get another");

    [Fact]
    public void UserForgottenBesideAnother_InService_IsAnError() => Fires(
        Service(
            """[Cached("basket:{id}")] ValueTask<Product> FindAsync(int id, [PerUser] string user);"""),
        at: "user",
        advice: "add {user}");

    [Fact]
    public void UserInKey_LookingAlike_Passes() => Passes(Service(
        """[Cached("basket:{userId}:{id}")] ValueTask<Product> FindAsync([PerUser] Guid userId, int id);"""));

    [Fact]
    public void UserThroughMember_LookingAlike_Passes() => Passes(Service(
        """[Cached("basket:{user.Id}")] ValueTask<Product> FindAsync([PerUser] Product user);"""));
}
