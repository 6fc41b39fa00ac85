using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HotShelf.Caching.Tests.Fleet;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>What one node's instruments count.</summary>
internal sealed class MeterProbe : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _sums = new();
    private readonly ConcurrentDictionary<string, double> _last = new();

    public MeterProbe(Node node)
    {
        var factory = node.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == CacheDiagnostics.MeterName && instrument.Meter.Scope == factory)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Everything a counter has been given since the probe began.</summary>
    public long Sum(string instrument) => _sums.GetValueOrDefault(instrument);

    /// <summary>What an observed instrument shows now, for the series whose labels contain <paramref name="labels"/>.</summary>
    public double Observe(string instrument, string labels = "")
    {
        _last.Clear();
        _listener.RecordObservableInstruments();
        return _last.Where(pair => pair.Key.StartsWith(instrument + " ", StringComparison.Ordinal) && pair.Key.Contains(labels, StringComparison.Ordinal)).Sum(pair => pair.Value);
    }

    /// <summary>The labels of every series seen in the latest look.</summary>
    public IReadOnlyCollection<string> Series => [.. _last.Keys];

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        _sums.AddOrUpdate(instrument.Name, (long)value, (_, sum) => sum + (long)value);
        _last[$"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}"] = value;
    }
}
