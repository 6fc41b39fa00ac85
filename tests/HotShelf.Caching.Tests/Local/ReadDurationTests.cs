using System.Diagnostics.Metrics;
using HotShelf.Caching.Tests.Fleet;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Tests.Local;

/// <summary>Hits in memory take less than the tick of a <see cref="TimeSpan"/>, and are told all the same.</summary>
public sealed class ReadDurationTests
{
    [Fact]
    public async Task Hit_InMemory_IsTimedInNanoseconds()
    {
        await using var node = await Node.StartAsync(null, register: services => services.AddSingleton<TimeProvider>(new FineClock()));
        using var listener = new MeterListener();
        var factory = node.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "hotshelf.cache.read.duration" && instrument.Meter.Scope == factory)
                listener.EnableMeasurementEvents(instrument);
        };
        var seen = new List<double>();
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
        {
            if (tags.Contains(new("hotshelf.cache.tier", "l1")))
                seen.Add(value);
        });
        listener.Start();
        for (var read = 0; read < 2_000; read++)
            await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("value"));
        Assert.NotEmpty(seen);
        Assert.All(seen, value => Assert.Equal(190e-9, value, 12));
    }

    /// <summary>Each look at it takes 190 ns.</summary>
    private sealed class FineClock : TimeProvider
    {
        private long _now = 1_000_000_000;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => Interlocked.Add(ref _now, 190);
    }
}
