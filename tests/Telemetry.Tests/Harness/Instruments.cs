using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace HotShelf.Telemetry.Tests.Harness;

/// <summary>Reads the instruments of one container: sums of counters and histograms' counts, last values of gauges, by name and labels.</summary>
internal sealed class Instruments : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Instrument> _all = new(StringComparer.Ordinal);

    public Instruments(IMeterFactory? meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope != meters || !instrument.Meter.Name.StartsWith("HotShelf.", StringComparison.Ordinal))
                return;
            _all[instrument.Name] = instrument;
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Every instrument of our meters, by name.</summary>
    public IReadOnlyDictionary<string, Instrument> All => _all;

    /// <summary>Series so far.</summary>
    public int Series => _values.Count;

    public IEnumerable<string> Names => _values.Keys;

    /// <summary>Collects, then gives the value of <c>name{label=value,...}</c>, labels in the order of their names; 0 when nothing was recorded.</summary>
    public double this[string series]
    {
        get
        {
            Collect();
            return _values.GetValueOrDefault(series);
        }
    }

    public bool Has(string series)
    {
        Collect();
        return _values.ContainsKey(series);
    }

    public void Collect()
    {
        foreach (var (series, _) in _values.Where(pair => IsObserved(pair.Key)))
            _values.TryRemove(series, out _);
        _listener.RecordObservableInstruments();
    }

    public void Dispose() => _listener.Dispose();

    private bool IsObserved(string series) => _all.TryGetValue(series.Split('{')[0], out var instrument) && instrument.IsObservable;

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = string.Join(',', tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"));
        var series = labels.Length == 0 ? instrument.Name : $"{instrument.Name}{{{labels}}}";
        var adds = instrument switch { Histogram<double> or Histogram<int> or Histogram<long> => 1, _ => value };
        _values.AddOrUpdate(series, adds, (_, before) => instrument.IsObservable ? value : before + adds);
    }
}
