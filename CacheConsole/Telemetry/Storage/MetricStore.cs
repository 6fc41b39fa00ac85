using HotShelf.CacheConsole.Telemetry.Model;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry.Storage;

/// <summary>
/// All instruments with their series. Bounded by <see cref="TelemetryOptions.MaximumSeries"/>, <see cref="TelemetryOptions.MaximumPoints"/> of each, and
/// <see cref="TelemetryOptions.MetricBytes"/>: the series that has been silent longest makes room.
/// </summary>
internal sealed class MetricStore(IOptions<TelemetryOptions> options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SeriesKey, LinkedListNode<Series>> _series = [];
    private readonly LinkedList<Series> _bySilence = new();
    private long _bytes;
    private long _dropped;
    private long _version;

    /// <summary>Changes with every batch: a page that saw this version has nothing to do.</summary>
    public long Version => Interlocked.Read(ref _version);

    public void Add(IReadOnlyList<Measurement> measurements)
    {
        // Keys are made before the lock is taken.
        var keys = measurements.Select(static m => SeriesKey.Of(m)).ToArray();
        lock (_lock)
        {
            for (var i = 0; i < keys.Length; i++)
                Add(keys[i], measurements[i]);
            _version++;
        }
    }

    /// <summary>Every instrument, with the number of its series.</summary>
    public (Instrument Instrument, int Series)[] Instruments()
    {
        lock (_lock)
            return [.. _bySilence.GroupBy(static s => s.Instrument.Key).Select(static g => (g.Last().Instrument, g.Count()))];
    }

    /// <summary>The series of an instrument with what they were since then and the one point before; null when nobody reports it.</summary>
    public InstrumentHistory? Find(InstrumentKey key, DateTimeOffset since)
    {
        lock (_lock)
        {
            var series = _bySilence.Where(s => s.Instrument.Key == key).ToArray();
            return series.Length == 0 ? null : new InstrumentHistory(series[^1].Instrument, Array.ConvertAll(series, s => SeriesHistory.Of(s, since)));
        }
    }

    public StoreUse Use
    {
        get
        {
            lock (_lock)
                return new StoreUse(_series.Count, options.Value.MaximumSeries, _bytes, options.Value.MetricBytes, _dropped);
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _series.Clear();
            _bySilence.Clear();
            _bytes = 0;
            _version++;
        }
    }

    private void Add(SeriesKey key, Measurement measurement)
    {
        if (_series.TryGetValue(key, out var node))
            _bySilence.Remove(node);
        else
            _series[key] = node = new LinkedListNode<Series>(new Series(measurement.Instrument, measurement.Source, measurement.Fields, options.Value.MaximumPoints));
        _bySilence.AddLast(node);

        var series = node.Value;
        var before = series.Bytes;
        series.Add(measurement.Point, measurement.Bounds, measurement.IsDelta);
        foreach (var exemplar in measurement.Exemplars)
            series.Add(exemplar);
        _bytes += series.Bytes - before;
        while (_series.Count > options.Value.MaximumSeries || (_bytes > options.Value.MetricBytes && _series.Count > 1))
            DropFirst();
    }

    private void DropFirst()
    {
        var silent = _bySilence.First!.Value;
        _bySilence.RemoveFirst();
        _series.Remove(SeriesKey.Of(silent));
        _bytes -= silent.Bytes;
        _dropped++;
    }

    /// <summary>What makes a series one.</summary>
    private readonly record struct SeriesKey(InstrumentKey Instrument, string Source, string Fields)
    {
        public static SeriesKey Of(Measurement m) => new(m.Instrument.Key, m.Source.Id, Text(m.Fields));

        public static SeriesKey Of(Series s) => new(s.Instrument.Key, s.Source.Id, Text(s.Fields));

        private static string Text(Field[] fields) => fields.Length == 0 ? "" : string.Join('\u001f', fields.Select(static f => $"{f.Name}\u001e{f.Value}"));
    }
}
