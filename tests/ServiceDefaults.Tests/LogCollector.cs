using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace HotShelf.ServiceDefaults.Tests;

/// <summary>Keeps what was logged, for assertions by event.</summary>
internal sealed class LogCollector : ILoggerProvider
{
    public ConcurrentQueue<Entry> Entries { get; } = new();

    public IEnumerable<Entry> Named(string eventName) => Entries.Where(entry => entry.Event == eventName);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    internal sealed record Entry(string Category, LogLevel Level, string? Event, string Message, IReadOnlyDictionary<string, object?> State, Exception? Exception);

    private sealed class Logger(LogCollector owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner.Entries.Enqueue(new Entry(category, logLevel, eventId.Name, formatter(state, exception),
                state is IEnumerable<KeyValuePair<string, object?>> pairs ? pairs.ToDictionary(pair => pair.Key, pair => pair.Value) : new Dictionary<string, object?>(), exception));
    }
}
