namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC015BatchShapeTests : DiagnosticTestBase
{
    [Fact]
    public void ListWithoutDictionary_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{ids}")] ValueTask<IReadOnlyList<Product>> FindAsync(IReadOnlyList<int> ids);"""),
        at: "\"product:{ids}\"",
        advice: "IReadOnlyDictionary<TId, T>");

    [Fact]
    public void OtherIdType_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{ids}")] ValueTask<IReadOnlyDictionary<long, Product>> FindAsync(IReadOnlyList<int> ids);"""),
        at: "\"product:{ids}\"",
        advice: "same TId");

    [Fact]
    public void NullableDictionary_InService_IsAnError() => Fires(
        Service("""[Cached("product:{ids}")] ValueTask<IReadOnlyDictionary<int, Product>?> FindAsync(IReadOnlyList<int> ids);"""),
        at: "\"product:{ids}\"",
        advice: "IReadOnlyDictionary<TId, T>");

    [Fact]
    public void NullableIds_InService_IsAnError() => Fires(
        Service("""[Cached("product:{ids}")] ValueTask<IReadOnlyDictionary<string, Product>> FindAsync(IReadOnlyList<string?> ids);"""),
        at: "\"product:{ids}\"",
        advice: "same TId");

    [Fact]
    public void Array_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{ids}")] ValueTask<IReadOnlyDictionary<int, Product>> FindAsync(int[] ids);"""),
        at: "\"product:{ids}\"",
        advice: "IReadOnlyList<TId>");

    [Fact]
    public void IdsInTag_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{ids}", Tags = ["x:{ids}"])] ValueTask<IReadOnlyDictionary<int, Product>> FindAsync(IReadOnlyList<int> ids);"""),
        at: "\"x:{ids}\"",
        advice: "{result}");

    [Fact]
    public void DictionaryByOneKey_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<IReadOnlyDictionary<int, Product>> FindAsync(int id);"""));

    [Fact]
    public void BatchByMember_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{ids.Id}")] ValueTask<IReadOnlyDictionary<Product, string?>> FindAsync(IReadOnlyList<Product> ids, CancellationToken token);"""));

    [Fact]
    public void BatchOfNullable_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{ids}", Tags = ["c:{result.Category}", "p:{result.Parts.Id}", "all"])] Task<IReadOnlyDictionary<int, Product?>> FindAsync(IReadOnlyList<int> ids);"""));

    [Fact]
    public void MemberOfCollection_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{ids.CacheKey}")] ValueTask<Product> FindAsync(Ids ids);""",
        """
        public sealed class Ids : List<int> { public string CacheKey => ""; }
        """));
}
