using HotShelf.CacheConsole.Telemetry.Model;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry.Storage;

/// <summary>
/// The newest log records. Bounded by <see cref="TelemetryOptions.MaximumLogs"/> and <see cref="TelemetryOptions.LogBytes"/>. One lock for each batch
/// that arrives and each look at all of it; pages compute from what they looked at, outside the lock.
/// </summary>
internal sealed class LogStore(IOptions<TelemetryOptions> options)
{
    private readonly Lock _lock = new();
    private readonly BoundedQueue<LogEntry> _entries = new(options.Value.MaximumLogs, options.Value.LogBytes);
    private long _number;

    /// <summary>Changes with every batch: a page that saw this version has nothing to do.</summary>
    public long Version => Interlocked.Read(ref _number);

    public void Add(IReadOnlyList<LogEntry> entries)
    {
        lock (_lock)
        {
            foreach (var entry in entries)
            {
                entry.Number = ++_number;
                _entries.Add(entry);
            }
        }
    }

    /// <summary>All of them, oldest first.</summary>
    public LogEntry[] Snapshot()
    {
        lock (_lock)
            return _entries.ToArray();
    }

    public StoreUse Use
    {
        get
        {
            lock (_lock)
                return _entries.Use;
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _entries.Clear();
            _number++;
        }
    }
}
