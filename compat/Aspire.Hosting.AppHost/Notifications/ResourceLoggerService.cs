using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>One line that a resource wrote.</summary>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage)
{
    /// <summary>When it was read.</summary>
    internal DateTimeOffset Time { get; init; }

    /// <summary>The instance that wrote it; for what the engine says of a whole resource, its name.</summary>
    internal string Instance { get; init; } = "";
}

/// <summary>
/// Keeps what every instance wrote: the last 4,000 lines of each, of at most 16,384 characters a line; the log files hold more.
/// </summary>
public class ResourceLoggerService
{
    internal const int MaximumLines = 4_000;
    internal const int MaximumLineLength = 16_384;

    private readonly ConcurrentDictionary<string, LineStore> _stores = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, IResource> _owners = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The clock of the application.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told of each line, in the order of its instance; must return at once.</summary>
    internal Action<string, LogLine>? LineWritten { get; set; }

    public ILogger GetLogger(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return GetLogger(resource.Name);
    }

    public ILogger GetLogger(string resourceName) => new LineLogger(this, resourceName);

    /// <summary>The kept lines of the instance, or of all instances when given a resource's name, then each new one in batches.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => WatchAsync(resourceName, MaximumLines, CancellationToken.None);

    /// <summary>Of the kept lines of each instance only the last ones.</summary>
    internal async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName, int tail, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<LogLine>(new BoundedChannelOptions(MaximumLines) { FullMode = BoundedChannelFullMode.DropOldest });
        var watched = InstancesOf(resourceName).Select(StoreOf).ToArray();
        try
        {
            foreach (var store in watched)
            {
                var kept = store.Watch(channel.Writer, tail);
                if (kept.Count > 0)
                    yield return kept;
            }

            while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var batch = new List<LogLine>();
                while (channel.Reader.TryRead(out var line))
                    batch.Add(line);
                yield return batch;
            }
        }
        finally
        {
            foreach (var store in watched)
                store.Forget(channel.Writer);
        }
    }

    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return WatchAsync(resource.Name);
    }

    internal void Own(string resourceId, IResource resource) => _owners[resourceId] = resource;

    internal void Append(string resourceId, string content, bool isError)
    {
        var line = StoreOf(resourceId).Append(content.Length > MaximumLineLength ? content[..MaximumLineLength] : content, isError);
        LineWritten?.Invoke(resourceId, line);
    }

    internal IReadOnlyList<LogLine> Last(string resourceId, int count) => StoreOf(resourceId).Last(count);

    internal string[] InstancesOf(string name)
    {
        var instances = _owners.Where(o => string.Equals(o.Value.Name, name, StringComparison.OrdinalIgnoreCase)).Select(o => o.Key).Order(StringComparer.Ordinal).ToArray();
        return instances.Contains(name, StringComparer.OrdinalIgnoreCase) ? instances : [name, .. instances];
    }

    private LineStore StoreOf(string resourceId) => _stores.GetOrAdd(resourceId, static (id, time) => new LineStore(id, time), Time);

    private sealed class LineStore(string resourceId, TimeProvider time)
    {
        private readonly Queue<LogLine> _lines = new();
        private readonly List<ChannelWriter<LogLine>> _watchers = [];
        private int _count;

        public LogLine Append(string content, bool isError)
        {
            lock (_lines)
            {
                var line = new LogLine(++_count, content, isError) { Time = time.GetUtcNow(), Instance = resourceId };
                _lines.Enqueue(line);
                if (_lines.Count > MaximumLines)
                    _lines.Dequeue();
                foreach (var watcher in _watchers)
                    watcher.TryWrite(line);
                return line;
            }
        }

        public IReadOnlyList<LogLine> Last(int count)
        {
            lock (_lines)
                return [.. _lines.TakeLast(count)];
        }

        public IReadOnlyList<LogLine> Watch(ChannelWriter<LogLine> watcher, int tail)
        {
            lock (_lines)
            {
                _watchers.Add(watcher);
                return [.. _lines.TakeLast(tail)];
            }
        }

        public void Forget(ChannelWriter<LogLine> watcher)
        {
            lock (_lines)
                _watchers.Remove(watcher);
        }
    }

    private sealed class LineLogger(ResourceLoggerService service, string resourceId) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            ArgumentNullException.ThrowIfNull(formatter);
            var level = logLevel switch { LogLevel.Warning => "warn: ", LogLevel.Error => "fail: ", LogLevel.Critical => "crit: ", _ => "" };
            service.Append(resourceId, $"[engine] {level}{formatter(state, exception)}{(exception is null ? "" : $": {exception.Message}")}", logLevel >= LogLevel.Error);
        }
    }
}
