using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>What each instance writes, whole, in one file per instance: replaced at every start, at most 32 MiB and then begun again.</summary>
internal sealed class LogFiles : IDisposable
{
    private const long MaximumSize = 32 << 20;

    private readonly ConcurrentDictionary<string, StreamWriter?> _writers = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _directory;
    private volatile bool _disposed;

    public LogFiles(string directory, ResourceLoggerService loggers)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
        foreach (var old in Directory.EnumerateFiles(directory, "*.log"))
            File.Delete(old);
        loggers.LineWritten += Write;
    }

    public static string PathOf(string directory, string resourceId) => Path.Combine(directory, $"{resourceId}.log");

    public void Dispose()
    {
        _disposed = true;
        foreach (var writer in _writers.Values.OfType<StreamWriter>())
        {
            lock (writer)
                writer.Dispose();
        }
    }

    private void Write(string resourceId, LogLine line)
    {
        if (_disposed || _writers.GetOrAdd(resourceId, Open) is not { } writer)
            return;
        lock (writer)
        {
            if (_disposed)
                return;
            if (writer.BaseStream.Length > MaximumSize)
                writer.BaseStream.SetLength(0);
            writer.WriteLine(line.Content);
        }
    }

    private StreamWriter? Open(string resourceId)
    {
        try
        {
            return new StreamWriter(new FileStream(PathOf(_directory, resourceId), FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk must not end the application; the last lines are still in memory.
            return null;
        }
    }
}
