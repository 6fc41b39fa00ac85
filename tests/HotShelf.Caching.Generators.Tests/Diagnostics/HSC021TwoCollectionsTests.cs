namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC021TwoCollectionsTests : DiagnosticTestBase
{
    [Fact]
    public void TwoLists_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("product:{a}:{b}")] Task SaveAsync(int[] a, List<int> b);"""),
        at: "\"product:{a}:{b}\"",
        advice: "several templates");

    [Fact]
    public void ListInList_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("product:{a.Parts.Id}")] Task SaveAsync(Product[] a);"""),
        at: "\"product:{a.Parts.Id}\"",
        advice: "more than one collection");

    [Fact]
    public void OneListTwice_LookingAlike_Passes() => Passes(Service(
        """[Invalidates("product:{a.Id}:{a.Category}", "other:{b}")] Task SaveAsync(Product[] a, HashSet<int>? b);"""));
}
