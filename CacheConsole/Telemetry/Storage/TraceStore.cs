using HotShelf.CacheConsole.Telemetry.Model;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry.Storage;

/// <summary>
/// The newest traces. Bounded by <see cref="TelemetryOptions.MaximumTraces"/>, <see cref="TelemetryOptions.MaximumSpansPerTrace"/> and
/// <see cref="TelemetryOptions.TraceBytes"/>. A trace is as old as its first span that arrived.
/// </summary>
internal sealed class TraceStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Slot> _byId = new(StringComparer.Ordinal);
    private readonly BoundedQueue<Slot> _slots;
    private readonly int _maximumSpans;
    private long _version;

    public TraceStore(IOptions<TelemetryOptions> options)
    {
        _maximumSpans = options.Value.MaximumSpansPerTrace;
        _slots = new BoundedQueue<Slot>(options.Value.MaximumTraces, options.Value.TraceBytes) { Dropping = slot => _byId.Remove(slot.Trace.Id) };
    }

    /// <summary>Changes with every batch: a page that saw this version has nothing to do.</summary>
    public long Version => Interlocked.Read(ref _version);

    public void Add(IReadOnlyList<Span> spans)
    {
        // By trace, so that a trace is replaced once for each batch and not once for each span.
        var byTrace = new Dictionary<string, List<Span>>(StringComparer.Ordinal);
        foreach (var span in spans)
        {
            if (!byTrace.TryGetValue(span.TraceId, out var list))
                byTrace[span.TraceId] = list = [];
            list.Add(span);
        }

        lock (_lock)
        {
            foreach (var (id, added) in byTrace)
                Add(id, added);
            _version++;
        }
    }

    public Trace? Find(string id)
    {
        lock (_lock)
            return _byId.GetValueOrDefault(id)?.Trace;
    }

    /// <summary>All of them, in the order in which they began to arrive.</summary>
    public Trace[] Snapshot()
    {
        lock (_lock)
            return Array.ConvertAll(_slots.ToArray(), static slot => slot.Trace);
    }

    public StoreUse Use
    {
        get
        {
            lock (_lock)
                return _slots.Use;
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _slots.Clear();
            _byId.Clear();
            _version++;
        }
    }

    private void Add(string id, List<Span> added)
    {
        if (_byId.TryGetValue(id, out var slot))
        {
            var before = slot.Bytes;
            slot.Trace = Trace.Of(slot.Trace, id, added, _maximumSpans);
            _slots.Grew(slot.Bytes - before);
            return;
        }

        slot = new Slot { Trace = Trace.Of(null, id, added, _maximumSpans) };
        _byId[id] = slot;
        _slots.Add(slot);
    }

    private sealed class Slot : IMeasured
    {
        public required Trace Trace { get; set; }

        public int Bytes => Trace.Bytes;
    }
}
