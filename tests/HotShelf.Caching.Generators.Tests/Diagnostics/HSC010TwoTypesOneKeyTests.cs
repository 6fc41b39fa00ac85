using System.Numerics;

namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC010TwoTypesOneKeyTests : DiagnosticTestBase
{
    [Fact]
    public void OneInterface_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{id}")] ValueTask<string> NameAsync(int id);"""),
        at: "\"product:{id}\"",
        advice: "a key of its own");

    [Fact]
    public void OtherPlaceholderName_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{sku}")] Task<string?> NameAsync(string sku);"""),
        at: "\"product:{sku}\"",
        advice: "IShop.FindAsync stores Product");

    [Fact]
    public void OtherPlaceholderType_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{sku}")] ValueTask<Product?> FindAsync(string sku);"""),
        at: "\"product:{sku}\"",
        advice: "IShop.FindAsync stores Product? by string under \"product:{}\", where IShop.FindAsync stores Product by a whole number");

    [Fact]
    public void OtherElementType_OfABatch_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{skus}")] Task<IReadOnlyDictionary<string, Product>> FindAsync(IReadOnlyList<string> skus);"""),
        at: "\"product:{skus}\"",
        advice: "by string");

    [Fact]
    public void OtherOrder_OfTwoPlaceholders_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}:{name}")] ValueTask<Product> FindAsync(int id, string name); [Cached("product:{name}:{id}")] ValueTask<Product> FindAsync(string name, int id);"""),
        at: "\"product:{name}:{id}\"",
        advice: "by string and a whole number");

    [Fact]
    public void WholeNumbersMembersAndNullables_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{id}")] ValueTask<Product> FindAsync(long id); [Cached("product:{id}")] ValueTask<Product> FindAsync(int? id); [Cached("product:{like.Id}")] ValueTask<Product> FindAsync(Product like);"""));

    [Fact]
    public void OtherInterface_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id);""",
            """
            [CachedService] public interface IOther { [Cached("product:{key}")] ValueTask<int?> FindAsync(int key); }
            """),
        at: "\"product:{id}\"",
        advice: "IShop.FindAsync");

    [Fact]
    public void NullableNumber_InService_IsAnError() => Fires(
        Service(
            """[Cached("stock:{id}")] ValueTask<int> FindAsync(int id); [Cached("stock:{id}")] ValueTask<int?> TryFindAsync(int id);"""),
        at: "\"stock:{id}\"",
        advice: "stores int?");

    [Fact]
    public void SameTypeButForNullability_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<Product?> FindAsync(int id); [Cached("product:{ids}")] Task<IReadOnlyDictionary<int, Product>> FindAsync(IReadOnlyList<int> ids);"""));

    [Fact]
    public void OtherKeys_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}")] ValueTask<Product> FindAsync(int id); [Cached("product:{id}:name")] ValueTask<string> NameAsync(int id);"""));

    [Fact]
    public void LiteralThatAStringCanSpell_InService_IsAnError() => Fires(
        Service(
            """[Cached("list:featured")] ValueTask<Product> FeaturedAsync(); [Cached("list:{category}")] ValueTask<Product> ByCategoryAsync(string category);"""),
        at: "\"list:{category}\"",
        advice: "IShop.ByCategoryAsync stores Product by string under \"list:{}\", where IShop.FeaturedAsync stores Product as \"list:featured\"");

    [Theory]
    [InlineData("list:{a}:top", "string a", "list:{a}:{b}", "string a, string b")]
    [InlineData("list:p{a}", "int a", "list:{a}", "string a")]
    [InlineData("list:p{a}x", "string a", "list:{a}-x", "string a")]
    [InlineData("list:1{a}", "int a", "list:{a}", "int a")]
    [InlineData("list:2024", "", "list:{a}", "int? a")]
    [InlineData("list:Monday", "", "list:{a}", "DayOfWeek a")]
    [InlineData("list:7", "", "list:{a}", "DayOfWeek a")]
    [InlineData("list:is-true", "", "list:is-{a}", "bool a")]
    [InlineData("list:%null", "", "list:{a}", "Guid? a")]
    [InlineData("list:%null", "", "list:{a}", "DayOfWeek? a")]
    [InlineData("list:a:", "", "list:a:{a}", "string a")]
    [InlineData("list:{a}:top", "Guid? a", "list:{a}:{b}", "int? a, string b")]
    [InlineData("list:{a}:top", "DayOfWeek a", "list:{a}:{b}", "int a, string b")]
    [InlineData("list:{a}:top", "DayOfWeek a", "list:{a}:{b}", "Weekend a, string b")]
    [InlineData("list:{a}:top", "TimeSpan a", "list:{a}:{b}", "TimeOnly a, string b")]
    [InlineData("list:{a}:top", "decimal a", "list:{a}:{b}", "double a, string b")]
    [InlineData("list:{a}:top", "char a", "list:{a}:{b}", "long a, string b")]
    public void TextThatTheOtherCanHave_InService_IsAnError(string key, string parameters, string otherKey, string otherParameters) => Fires(
        Service(
            $$"""[Cached("{{key}}")] ValueTask<Product> FindAsync({{parameters}}); [Cached("{{otherKey}}")] ValueTask<Product> OtherAsync({{otherParameters}});""",
            "public enum Weekend { Saturday, Sunday }"),
        at: $"\"{otherKey}\"",
        advice: "a key of its own");

    public static TheoryData<string, string> WrittenValues() => new()
    {
        { "sbyte", CacheKeyText.Format($"{sbyte.MinValue}") },
        { "ulong", CacheKeyText.Format($"{ulong.MaxValue}") },
        { "nint", CacheKeyText.Format($"{nint.MinValue}") },
        { "nuint", CacheKeyText.Format($"{nuint.MaxValue}") },
        { "Int128", CacheKeyText.Format($"{Int128.MinValue}") },
        { "UInt128", CacheKeyText.Format($"{UInt128.MaxValue}") },
        { "System.Numerics.BigInteger", CacheKeyText.Format($"{BigInteger.Pow(-10, 51)}") },
        { "decimal", CacheKeyText.Format($"{decimal.MinValue}") },
        { "decimal", CacheKeyText.Format($"{-1.50m}") },
        { "double", CacheKeyText.Format($"{-0.0}") },
        { "double", CacheKeyText.Format($"{double.MinValue}") },
        { "double", CacheKeyText.Format($"{double.Epsilon}") },
        { "double", CacheKeyText.Format($"{1e16}") },
        { "double", CacheKeyText.Format($"{double.NaN}") },
        { "double", CacheKeyText.Format($"{double.PositiveInfinity}") },
        { "double", CacheKeyText.Format($"{double.NegativeInfinity}") },
        { "float", CacheKeyText.Format($"{float.MaxValue}") },
        { "float", CacheKeyText.Format($"{-1e-5f}") },
        { "Half", CacheKeyText.Format($"{Half.Epsilon}") },
        { "bool", CacheKeyText.Format($"{false}") },
        { "char", CacheKeyText.Format($"{'x'}") },
        { "char", CacheKeyText.Format($"{'商'}") },
        { "char", CacheKeyText.Format($"{':'}") },
        { "char", CacheKeyText.Format($"{'\ud800'}") },
        { "Guid", CacheKeyText.Format($"{new Guid("0f8fad5b-d9cb-469f-a165-70867728950e")}") },
        { "DateOnly", CacheKeyText.Format($"{DateOnly.MinValue}") },
        { "TimeOnly", CacheKeyText.Format($"{TimeOnly.MaxValue}") },
        { "TimeOnly", CacheKeyText.Format($"{TimeOnly.MinValue}") },
        { "TimeSpan", CacheKeyText.Format($"{TimeSpan.MinValue}") },
        { "TimeSpan", CacheKeyText.Format($"{TimeSpan.FromTicks(1)}") },
        { "TimeSpan", CacheKeyText.Format($"{TimeSpan.Zero}") },
        { "DateTime", CacheKeyText.Format($"{DateTime.MaxValue}") },
        { "DateTime", CacheKeyText.Format($"{DateTime.UnixEpoch}") },
        { "DateTime", CacheKeyText.Format($"{new DateTime(2026, 11, 22, 10, 30, 0, DateTimeKind.Local)}") },
        { "DateTimeOffset", CacheKeyText.Format($"{DateTimeOffset.UnixEpoch}") },
        { "DateTimeOffset", CacheKeyText.Format($"{new DateTimeOffset(2026, 11, 22, 10, 30, 0, TimeSpan.FromHours(-3.5))}") },
        { "DayOfWeek", CacheKeyText.Format($"{CacheKeyText.Name(DayOfWeek.Friday)}") },
        { "DayOfWeek", CacheKeyText.Format($"{CacheKeyText.Name((DayOfWeek)(-1))}") },
        { "System.IO.FileAttributes", CacheKeyText.Format($"{CacheKeyText.Name(FileAttributes.Hidden | FileAttributes.System)}") },
        { "int?", CacheKeyText.Format($"{(int?)null}") },
    };

    [Theory]
    [MemberData(nameof(WrittenValues))]
    public void TextOfAValue_InService_IsAnError(string type, string text) => TextThatTheOtherCanHave_InService_IsAnError($"list:{text}", "", "list:{a}", $"{type} a");

    [Theory]
    [InlineData("list:all", "", "list:{a}", "int a")]
    [InlineData("list:all", "", "list:{a}", "ulong? a")]
    [InlineData("list:feed", "", "list:{a}", "Guid a")]
    [InlineData("list:top-10", "", "list:{a}", "Guid a")]
    [InlineData("list:today", "", "list:{a}", "DateOnly a")]
    [InlineData("list:last", "", "list:{a}", "DateTimeOffset a")]
    [InlineData("list:1.5", "", "list:{a}", "long a")]
    [InlineData("list:all", "", "list:{a}", "decimal a")]
    [InlineData("list:all", "", "list:{a}", "DayOfWeek a")]
    [InlineData("list:1", "", "list:{a}", "bool a")]
    [InlineData("list:all", "", "list:by-{a}", "string a")]
    [InlineData("list:v1-{a}", "int a", "list:{a}", "int a")]
    [InlineData("list:p{a}", "string a", "list:q{a}", "string a")]
    [InlineData("list:{a}/x", "string a", "list:{a}:x", "string a")]
    [InlineData("list:{a}:{b}", "double a, double b", "list:city:{a}", "int a")]
    [InlineData("list:all", "", "list:{a}", "char a")]
    [InlineData("list:all", "", "list:{a}", "Int128 a")]
    [InlineData("list:all", "", "list:{a}", "nuint? a")]
    [InlineData("list:Nan", "", "list:{a}", "Half a")]
    [InlineData("list:{a}:top", "Guid a", "list:{a}:{b}", "int a, string b")]
    [InlineData("list:{a}:top", "Guid? a", "list:{a}:{b}", "int a, string b")]
    [InlineData("list:{a}:top", "bool a", "list:{a}:{b}", "DayOfWeek a, string b")]
    [InlineData("list:{a}:top", "DateOnly a", "list:{a}:{b}", "DateTime a, string b")]
    [InlineData("list:18-25", "", "list:{a}", "int a")]
    [InlineData("list:2024", "", "list:{a}", "Guid a")]
    [InlineData("list:2024", "", "list:{a}", "DateOnly a")]
    [InlineData("list:{a}-2", "int a", "list:{a}", "int a")]
    [InlineData("list:50%", "", "list:{a}", "int a")]
    [InlineData("list:%null", "", "list:{a}", "Guid a")]
    [InlineData("list:%null", "", "list:{a}", "DayOfWeek a")]
    public void TextThatTheOtherCannotHave_LookingAlike_Passes(string key, string parameters, string otherKey, string otherParameters) => Passes(Service(
        $$"""[Cached("{{key}}")] ValueTask<Product> FindAsync({{parameters}}); [Cached("{{otherKey}}")] ValueTask<Product> OtherAsync({{otherParameters}});"""));
}
