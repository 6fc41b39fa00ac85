using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace HotShelf.TestServers;

/// <summary>Keeps what is logged: as a provider beside others, or as the only factory.</summary>
/// <param name="from">What is below it is not kept.</param>
public sealed class LogCollector(LogLevel from = LogLevel.Trace) : ILoggerProvider, ILoggerFactory
{
    private readonly LogLevel _from = from;

    public ConcurrentQueue<Entry> Entries { get; } = new();

    public IEnumerable<Entry> Named(string eventName) => Entries.Where(entry => entry.Event.Name == eventName);

    public int Count(int eventId) => Entries.Count(entry => entry.Event.Id == eventId);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public sealed record Entry(string Category, LogLevel Level, EventId Event, string Message, IReadOnlyDictionary<string, object?> State, Exception? Exception);

    private sealed class Logger(LogCollector owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= owner._from;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                owner.Entries.Enqueue(new Entry(category, logLevel, eventId, formatter(state, exception), Pairs(state), exception));
        }

        private static Dictionary<string, object?> Pairs<TState>(TState state) => state is IEnumerable<KeyValuePair<string, object?>> pairs ? pairs.ToDictionary() : [];
    }
}
