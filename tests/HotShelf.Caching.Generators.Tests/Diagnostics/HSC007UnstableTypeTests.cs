namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class HSC007UnstableTypeTests : DiagnosticTestBase
{
    [Fact]
    public void Object_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(object id);"""),
        at: "\"product:{id}\"",
        advice: "object");

    [Fact]
    public void Record_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{like}")] ValueTask<Product> FindAsync(Product like);"""),
        at: "\"product:{like}\"",
        advice: "{like.Id}");

    [Fact]
    public void MemberOfResult_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}", Tags = ["raw:{result.Raw}"])] ValueTask<Product> FindAsync(int id);"""),
        at: "\"raw:{result.Raw}\"",
        advice: "ISpanFormattable");

    [Fact]
    public void TypeParameter_InService_IsAnError() => Fires(
        Service(
            """[Invalidates("product:{id}")] Task SaveAsync<T>(T id);"""),
        at: "\"product:{id}\"",
        advice: "is a T");

    [Fact]
    public void TheInterfaceItself_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(ISpanFormattable id);"""),
        at: "\"product:{id}\"",
        advice: "{id} is a ISpanFormattable");

    [Fact]
    public void AnyEnum_InService_IsAnError() => Fires(
        Service(
            """[Cached("product:{id}")] ValueTask<Product> FindAsync(Enum id);"""),
        at: "\"product:{id}\"",
        advice: "{id} is a Enum");

    [Fact]
    public void EveryStableType_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{a}:{b}:{c}:{d}:{e}:{f}:{g}:{h}:{i}:{j}:{k}:{l}:{m}")] ValueTask<Product> FindAsync(string a, Guid? b, DateTime c, DateTimeOffset? d, DateOnly e, TimeOnly f, TimeSpan g, decimal h, double? i, bool j, bool? k, DayOfWeek? l, Int128 m);"""));

    [Fact]
    public void OwnSpanFormattable_LookingAlike_Passes() => Passes(Service(
        """[Cached("product:{id}:{other}:{text}")] ValueTask<Product> FindAsync(ProductId id, ProductId? other, ProductText? text);""",
        """
        public readonly record struct ProductId(int Value) : ISpanFormattable
        {
            public bool TryFormat(Span<char> to, out int written, ReadOnlySpan<char> format, IFormatProvider? provider) => Value.TryFormat(to, out written, format, provider);
            public string ToString(string? format, IFormatProvider? provider) => Value.ToString(format, provider);
        }
        public sealed class ProductText : ISpanFormattable
        {
            public bool TryFormat(Span<char> to, out int written, ReadOnlySpan<char> format, IFormatProvider? provider) => 1.TryFormat(to, out written, format, provider);
            public string ToString(string? format, IFormatProvider? provider) => "";
        }
        """));
}
