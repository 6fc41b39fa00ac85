using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Queries;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>What is typed to find something.</summary>
public sealed class QueryTests
{
    private static readonly Source s_source = new("productapi", "abcdefgh", []);

    private static LogEntry Entry(string message, LogSeverity severity = LogSeverity.Information, params Field[] fields) =>
        new(s_source, Otlp.Now, severity, "HotShelf.Tests", message, "0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7", fields);

    [Theory]
    [InlineData("", true)]
    [InlineData("   ", true)]
    [InlineData("PRICE", true)]
    [InlineData("changed price", true)]
    [InlineData("\"price of\"", true)]
    [InlineData("\"of price\"", false)]
    [InlineData("price -changed", false)]
    [InlineData("price -removed", true)]
    [InlineData("productapi-abc", true)]
    [InlineData("HotShelf.Tests", true)]
    [InlineData("family", true)]
    [InlineData("user-profile", true)]
    [InlineData("0af7651916cd43dd8448eb211c80319c", true)]
    [InlineData("-", true)]
    [InlineData("\"", true)]
    [InlineData("\"unclosed", false)]
    public void SearchText_OverALogRecord_LooksEverywhere(string text, bool expected) =>
        Assert.Equal(expected, new LogQuery(null, LogSeverity.Trace, SearchText.Parse(text), []).Matches(Entry("The price of 42 changed", fields: new Field("family", "user-profile"))));

    [Theory]
    [InlineData("http.route=/products/{id}", "http.route", "=", "/products/{id}")]
    [InlineData("a!=b", "a", "!=", "b")]
    [InlineData("status>=500", "status", ">=", "500")]
    [InlineData("status > 500", "status", ">", "500")]
    [InlineData("text~x=y", "text", "~", "x=y")]
    [InlineData("query=a>=b", "query", "=", "a>=b")]
    [InlineData("empty=", "empty", "=", "")]
    public void FieldFilter_Text_IsACondition(string text, string name, string op, string value)
    {
        Assert.Equal(new FieldFilter(name, op, value), FieldFilter.Parse(text));
        Assert.Equal(FieldFilter.Parse(text), FieldFilter.Parse(FieldFilter.Parse(text)!.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("word")]
    [InlineData("=value")]
    [InlineData("  =value")]
    public void FieldFilter_WithoutNameOrOperator_IsNone(string? text) => Assert.Null(FieldFilter.Parse(text));

    [Theory]
    [InlineData("status=200", true)]
    [InlineData("status!=200", false)]
    [InlineData("status>=200", true)]
    [InlineData("status>200", false)]
    [InlineData("status<1000", true)]
    [InlineData("status<=99.5", false)]
    [InlineData("status~0", true)]
    [InlineData("method=get", true)]
    [InlineData("method>1", false)]
    [InlineData("missing=1", false)]
    [InlineData("missing!=1", true)]
    public void FieldFilter_OverAttributes_Compares(string filter, bool expected) =>
        Assert.Equal(expected, FieldFilter.Parse(filter)!.Matches([new Field("status", "200"), new Field("method", "GET")]));

    [Fact]
    public void LogQuery_NewestFirst_CountsAllAndGivesSome()
    {
        LogEntry[] entries = [.. Enumerable.Range(0, 50).Select(i => Entry($"{i}", i % 2 == 0 ? LogSeverity.Error : LogSeverity.Debug))];
        var (newest, count) = new LogQuery("productapi", LogSeverity.Error, SearchText.Empty, []).Run(entries, 3);
        Assert.Equal(25, count);
        Assert.Equal(["48", "46", "44"], newest.Select(e => e.Message));
        Assert.Equal(0, new LogQuery("productapi-other", LogSeverity.Trace, SearchText.Empty, []).Run(entries, 3).Count);
        Assert.Equal(50, new LogQuery("productapi-abcdefgh", LogSeverity.Trace, SearchText.Empty, []).Run(entries, 3).Count);
    }

    [Fact]
    public void TraceQuery_Conditions_AreAboutOneSpan()
    {
        using var stores = new Stores();
        stores.Intake.Take(Otlp.Traces(
            Otlp.Span(1, 1, name: "GET /products", lengthMs: 200, attributes: [Otlp.Pair("http.request.method", "GET"), Otlp.Pair("http.response.status_code", "500")]),
            Otlp.Span(1, 2, parent: 1, name: "select products", attributes: Otlp.Pair("db.system.name", "postgresql")),
            Otlp.Span(2, 3, name: "cache.get", lengthMs: 1)));
        var all = stores.Traces.Snapshot();
        Assert.Equal(1, Count(new TraceQuery(null, null, false, TimeSpan.FromMilliseconds(100), SearchText.Empty, [])));
        Assert.Equal(1, Count(new TraceQuery(null, SpanType.Database, false, TimeSpan.Zero, SearchText.Empty, [])));
        Assert.Equal(1, Count(new TraceQuery(null, SpanType.Cache, false, TimeSpan.Zero, SearchText.Empty, [])));
        Assert.Equal(0, Count(new TraceQuery(null, null, true, TimeSpan.Zero, SearchText.Empty, [])));
        Assert.Equal(1, Count(new TraceQuery(null, null, false, TimeSpan.Zero, SearchText.Parse("postgresql"), [])));
        Assert.Equal(1, Count(new TraceQuery(null, null, false, TimeSpan.Zero, SearchText.Empty, FieldFilter.ParseAll(["http.response.status_code>=500"]))));
        Assert.Equal(0, Count(new TraceQuery(null, null, false, TimeSpan.Zero, SearchText.Empty, FieldFilter.ParseAll(["http.response.status_code>=500", "db.system.name=postgresql"]))));
        Assert.Equal(2, Count(new TraceQuery("productapi", null, false, TimeSpan.Zero, SearchText.Empty, [])));

        int Count(TraceQuery query) => query.Run(all, 10).Count;
    }

    [Fact]
    public void Waterfall_Tree_IsInOrderAndCanBeFolded()
    {
        using var stores = new Stores();
        stores.Intake.Take(Otlp.Traces(Otlp.Span(1, 4, parent: 2, startMs: 30, lengthMs: 10), Otlp.Span(1, 3, parent: 1, startMs: 60, lengthMs: 20)));
        stores.Intake.Take(Otlp.Traces(Otlp.Span(1, 2, parent: 1, startMs: 10, lengthMs: 40), Otlp.Span(1, 1, startMs: 0, lengthMs: 100)));
        var trace = stores.Traces.Snapshot().Single();

        var rows = Waterfall.Of(trace, new HashSet<string>());
        Assert.Equal([(1, 0, 3), (2, 1, 1), (4, 2, 0), (3, 1, 0)], rows.Select(r => (Number(r.Span.SpanId), r.Depth, r.Children)));
        Assert.Equal((0.3, 0.1), (rows[2].Offset, rows[2].Width));

        var folded = Waterfall.Of(trace, new HashSet<string> { Otlp.Hex(8, 2) });
        Assert.Equal([1, 2, 3], folded.Select(r => Number(r.Span.SpanId)));
        Assert.True(folded[1].IsCollapsed);
    }

    [Fact]
    public void Waterfall_OrphansAndCircles_AreShownOnce()
    {
        using var stores = new Stores();
        stores.Intake.Take(Otlp.Traces(Otlp.Span(1, 1, parent: 99), Otlp.Span(1, 2, parent: 3), Otlp.Span(1, 3, parent: 2), Otlp.Span(1, 4, parent: 4)));
        var rows = Waterfall.Of(stores.Traces.Snapshot().Single(), new HashSet<string>());
        Assert.Equal([1, 2, 3, 4], rows.Select(r => Number(r.Span.SpanId)).Order());
        Assert.Equal(0, rows.Single(r => Number(r.Span.SpanId) == 1).Depth);
    }

    // The tests write ids in the last four bytes, the lowest first.
    private static int Number(string spanId) => BitConverter.ToInt32(Convert.FromHexString(spanId), 4);
}
