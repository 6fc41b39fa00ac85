using System.Collections.Concurrent;
using HotShelf.CacheConsole.Telemetry;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Resources;

/// <summary>
/// The newest lines of every instance. Bounded for each by <see cref="TelemetryOptions.MaximumConsoleLines"/> and
/// <see cref="TelemetryOptions.ConsoleBytes"/>, so that one that talks much does not push out the others.
/// </summary>
internal sealed class ConsoleStore(IOptions<TelemetryOptions> options)
{
    private readonly ConcurrentDictionary<string, Lines> _byInstance = new(StringComparer.Ordinal);
    private long _version;

    /// <summary>Changes with every line: a page that saw this version has nothing to do.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Adds a line; one that is here already, told again after a broken connection, is left out.</summary>
    public void Add(ConsoleLine line)
    {
        var lines = _byInstance.GetOrAdd(line.Instance, static (_, bounds) => new Lines(bounds), options.Value);
        lock (lines)
        {
            if (line.Number <= lines.Last)
                return;
            lines.Last = line.Number;
            lines.Queue.Add(line);
        }

        Interlocked.Increment(ref _version);
    }

    /// <summary>The lines of a resource or instance, or of all, in the order of their times.</summary>
    public ConsoleLine[] Snapshot(string? name)
    {
        var all = new List<ConsoleLine>();
        foreach (var lines in _byInstance.Values)
        {
            lock (lines)
            {
                var kept = lines.Queue.ToArray();
                if (kept is [var first, ..] && (name is null || first.Resource == name || first.Instance == name))
                    all.AddRange(kept);
            }
        }

        // Stable, so that lines of one moment stay in the order of their instance.
        return [.. all.OrderBy(static line => line.Time)];
    }

    public StoreUse Use(string? name)
    {
        var uses = _byInstance.Where(i => name is null || i.Key == name || i.Key.StartsWith($"{name}-", StringComparison.Ordinal)).Select(i =>
        {
            lock (i.Value)
                return i.Value.Queue.Use;
        }).ToArray();
        return new StoreUse(uses.Sum(u => u.Count), uses.Sum(u => u.MaximumCount), uses.Sum(u => u.Bytes), uses.Sum(u => u.MaximumBytes), uses.Sum(u => u.Dropped));
    }

    private sealed class Lines(TelemetryOptions options)
    {
        public BoundedQueue<ConsoleLine> Queue { get; } = new(options.MaximumConsoleLines, options.ConsoleBytes);

        public int Last { get; set; }
    }
}
