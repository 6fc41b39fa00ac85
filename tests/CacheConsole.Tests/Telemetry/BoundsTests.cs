using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>However much arrives, what is kept stays within the bounds, and what was dropped is counted.</summary>
public sealed class BoundsTests
{
    [Fact]
    public void Logs_MoreThanTheBound_DropTheOldest()
    {
        using var stores = new Stores(o => o.MaximumLogs = 100);
        for (var i = 0; i < 250; i++)
            stores.Intake.Take(Otlp.Logs(Otlp.Log($"{i}")));
        var kept = stores.Logs.Snapshot();
        Assert.Equal(Enumerable.Range(150, 100).Select(i => $"{i}"), kept.Select(e => e.Message));
        Assert.Equal((100, 150L), (stores.Logs.Use.Count, stores.Logs.Use.Dropped));
        Assert.Equal(kept.Sum(e => (long)e.Bytes), stores.Logs.Use.Bytes);
    }

    [Fact]
    public void Logs_LargerThanTheBytes_DropTheOldest()
    {
        using var stores = new Stores(o => o.LogBytes = 1 << 20);
        var text = new string('x', 8_000);
        for (var i = 0; i < 500; i++)
            stores.Intake.Take(Otlp.Logs(Otlp.Log(text)));
        Assert.InRange(stores.Logs.Use.Bytes, 1 << 19, 1 << 20);
        Assert.Equal(500, stores.Logs.Use.Count + stores.Logs.Use.Dropped);
    }

    [Fact]
    public void Traces_MoreThanTheBound_DropTheOldestAndForgetThem()
    {
        using var stores = new Stores(o => o.MaximumTraces = 100);
        for (var i = 1; i <= 150; i++)
            stores.Intake.Take(Otlp.Traces(Otlp.Span(i, i)));
        Assert.Equal((100, 50L), (stores.Traces.Use.Count, stores.Traces.Use.Dropped));
        Assert.Null(stores.Traces.Find(Otlp.Hex(16, 1)));
        Assert.NotNull(stores.Traces.Find(Otlp.Hex(16, 150)));
    }

    [Fact]
    public void Traces_ThatGrow_StayWithinTheBytes()
    {
        using var stores = new Stores(o => (o.TraceBytes, o.MaximumSpansPerTrace) = (1 << 20, 100_000));
        for (var i = 1; i <= 6_000; i++)
            stores.Intake.Take(Otlp.Traces(Otlp.Span(1 + (i % 40), i, attributes: Otlp.Pair("text", new string('x', 300)))));
        Assert.InRange(stores.Traces.Use.Bytes, 1, 1 << 20);
        Assert.Equal(stores.Traces.Snapshot().Sum(t => (long)t.Bytes), stores.Traces.Use.Bytes);
    }

    [Fact]
    public void Trace_WithTooManySpans_CountsThoseLeftOut()
    {
        using var stores = new Stores(o => o.MaximumSpansPerTrace = 10);
        stores.Intake.Take(Otlp.Traces([.. Enumerable.Range(1, 8).Select(i => Otlp.Span(1, i))]));
        stores.Intake.Take(Otlp.Traces([.. Enumerable.Range(9, 8).Select(i => Otlp.Span(1, i))]));
        var trace = stores.Traces.Snapshot().Single();
        Assert.Equal((10, 6), (trace.Spans.Length, trace.Dropped));
    }

    [Fact]
    public void Series_MoreThanTheBound_DropTheMostSilent()
    {
        using var stores = new Stores(o => o.MaximumSeries = 100);
        for (var i = 0; i < 150; i++)
        {
            stores.Intake.Take(Otlp.Metrics(Otlp.Counter("spread", 1, Otlp.Now, Otlp.Pair("i", $"{i}"))));
            stores.Intake.Take(Otlp.Metrics(Otlp.Counter("steady", i, Otlp.Now.AddSeconds(i))));
        }

        Assert.Equal((100, 51L), (stores.Metrics.Use.Count, stores.Metrics.Use.Dropped));
        Assert.Contains(stores.Metrics.Instruments(), row => row.Instrument.Name == "steady");
    }

    [Fact]
    public void Points_MoreThanTheBound_KeepTheNewestExactAndTheOldestCoarse()
    {
        using var stores = new Stores(o => o.MaximumPoints = 100);
        for (var i = 0; i < 1_000; i++)
            stores.Intake.Take(Otlp.Metrics(Otlp.Counter("long", i, Otlp.Now.AddSeconds(i))));
        var points = stores.Metrics.Find(new InstrumentKey("productapi", "HotShelf.Tests", "long"), DateTimeOffset.MinValue)!.Series.Single().Points;
        Assert.InRange(points.Length, 50, 100);
        Assert.Equal(Enumerable.Range(950, 50).Select(i => (double)i), points[^50..].Select(p => p.Value));
        Assert.Equal(0, points[0].Value);
    }

    [Fact]
    public void Metrics_LargerThanTheBytes_DropTheMostSilent()
    {
        using var stores = new Stores(o => o.MetricBytes = 1 << 20);
        for (var round = 0; round < 40; round++)
        {
            for (var i = 0; i < 200; i++)
                stores.Intake.Take(Otlp.Metrics(Otlp.Counter($"m{i}", round, Otlp.Now.AddSeconds(round), Otlp.Pair("text", new string('x', 4_000)))));
        }

        Assert.InRange(stores.Metrics.Use.Bytes, 1, 1 << 20);
        Assert.True(stores.Metrics.Use.Dropped > 0);
    }

    [Fact]
    public void Sources_MoreThanTheBound_ForgetTheMostSilent()
    {
        var table = new SourceTable();
        for (var i = 0; i < SourceTable.Maximum + 10; i++)
        {
            table.Of("steady", null, []);
            table.Of("spread", $"{i}", []);
        }

        Assert.Equal(SourceTable.Maximum, table.Snapshot().Length);
        Assert.Contains(table.Snapshot(), source => source.Service == "steady");
    }

    [Fact]
    public void Strings_MoreThanThePoolHolds_StartItAnew()
    {
        var pool = new StringPool();
        var first = pool.Of(new string('a', 5));
        Assert.Same(first, pool.Of(new string('a', 5)));
        for (var i = 0; i <= StringPool.MaximumStrings; i++)
            pool.Of($"{i}");
        Assert.Equal("aaaaa", pool.Of(new string('a', 5)));
        var long1 = new string('x', StringPool.MaximumLength + 1);
        Assert.Same(long1, pool.Of(long1));
    }

    [Fact]
    public async Task Stores_ManyWritersAndReaders_StayConsistent()
    {
        using var stores = new Stores(o => (o.MaximumLogs, o.MaximumTraces) = (500, 200));
        using var done = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            do
            {
                var entries = stores.Logs.Snapshot();
                Assert.True(entries.Length <= 500);
                Assert.All(entries.Zip(entries.Skip(1)), pair => Assert.Equal(pair.First.Number + 1, pair.Second.Number));
                Assert.All(stores.Traces.Snapshot(), trace => Assert.NotEmpty(trace.Spans));
            }
            while (!done.IsCancellationRequested);
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                stores.Intake.Take(Otlp.Logs(Otlp.Log("a"), Otlp.Log("b")));
                stores.Intake.Take(Otlp.Traces(Otlp.Span(1 + (i % 300), 1 + (writer * 1_000) + i)));
            }
        })));
        await done.CancelAsync();
        await reader;
        Assert.Equal(4_000, stores.Logs.Use.Count + stores.Logs.Use.Dropped);
    }
}
