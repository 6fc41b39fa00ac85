using System.Runtime.InteropServices;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Model;

/// <summary>
/// One series of an instrument: an instance and a set of attributes. Sums and buckets are kept cumulative, whatever the exporter sends.
/// Not synchronized: the store's lock is held.
/// </summary>
public sealed class Series(Instrument instrument, Source source, Field[] fields, int maximumPoints)
{
    private const int MaximumExemplars = 20;

    private readonly List<Point> _points = [];
    private readonly Queue<Exemplar> _exemplars = new();

    public Instrument Instrument { get; } = instrument;

    public Source Source { get; } = source;

    public Field[] Fields { get; } = fields;

    /// <summary>Upper bounds of a histogram's buckets; the last bucket has none.</summary>
    public double[] Bounds { get; private set; } = [];

    public int Bytes { get; private set; }

    public ReadOnlySpan<Point> Points => CollectionsMarshal.AsSpan(_points);

    public Exemplar[] Exemplars => [.. _exemplars];

    public Point? Last => _points.Count > 0 ? _points[^1] : null;

    /// <summary>Adds a point; what is not newer than the last one is left out.</summary>
    public bool Add(Point point, double[] bounds, bool isDelta)
    {
        // Another layout of buckets cannot be compared with what is there.
        if (!bounds.AsSpan().SequenceEqual(Bounds))
        {
            Bounds = bounds;
            _points.Clear();
        }

        if (Last is { } last)
        {
            if (point.Time <= last.Time)
                return false;
            if (isDelta)
                point = last.Plus(point);
        }

        if (_points.Count >= maximumPoints)
            Thin();
        _points.Add(point);
        Bytes = Measure.Object + Measure.Of(Fields) + (_points.Capacity * Point.Size) + (point.Buckets is { } buckets ? _points.Count * buckets.Length * sizeof(long) : 0);
        return true;
    }

    public void Add(Exemplar exemplar)
    {
        // A cumulative exporter tells the same one again until another takes its place.
        if (_exemplars.Contains(exemplar))
            return;
        if (_exemplars.Count == MaximumExemplars)
            _exemplars.Dequeue();
        _exemplars.Enqueue(exemplar);
    }

    // The newer half stays exact and of the older half every second point goes: a long history that grows coarser with age. Cumulative values lose
    // nothing but resolution by that.
    private void Thin()
    {
        var half = _points.Count / 2;
        var kept = 0;
        for (var i = 0; i < _points.Count; i++)
        {
            if (i >= half || i % 2 == 0)
                _points[kept++] = _points[i];
        }

        _points.RemoveRange(kept, _points.Count - kept);
    }
}

/// <summary>A measurement with the trace it was made in.</summary>
public sealed record Exemplar(DateTimeOffset Time, double Value, string TraceId, string SpanId);
