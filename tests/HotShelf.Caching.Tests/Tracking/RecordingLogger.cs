using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Tests.Tracking;

/// <summary>Keeps what is logged above Debug.</summary>
internal sealed class RecordingLogger : ILogger, ILoggerFactory
{
    public ConcurrentQueue<(int Id, string Text, Exception? Exception)> Entries { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel > LogLevel.Debug)
            Entries.Enqueue((eventId.Id, formatter(state, exception), exception));
    }

    public int Count(int id) => Entries.Count(entry => entry.Id == id);
}
