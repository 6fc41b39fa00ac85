using System.Diagnostics;
using System.Globalization;

namespace Aspire.Hosting.Executables;

/// <summary>A server's pid file in its data folder: it may belong to a server that is ending, to one that was killed, or to one of another application.</summary>
internal static class DataLock
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits for a server that is ending, and removes the file of one that was killed.</summary>
    /// <exception cref="ServerStartException">Another server uses the data.</exception>
    public static async Task WaitUntilFreeAsync(ServerStart start, string data, string pidFile, CancellationToken cancellationToken)
    {
        var path = Path.Combine(data, pidFile);
        var since = TimeProvider.System.GetTimestamp();
        for (var isLogged = false; ReadFirstLine(path) is { } line; isLogged = true)
        {
            if (!int.TryParse(line, NumberStyles.Integer, CultureInfo.InvariantCulture, out var id) || !IsServer(id, pidFile, line))
            {
                // Another process may have its id by now, and a server would take that for a reason not to start.
                File.Delete(path);
                Log.RemovedStalePidFile(start.Logger, path);
                return;
            }

            if (!isLogged)
                Log.WaitingForData(start.Logger, id, data);
            if (TimeProvider.System.GetElapsedTime(since) > s_timeout)
            {
                throw new ServerStartException($"'{start.Name}' cannot start: its data in {data} is in use by process {id}. "
                    + $"Does this application run already? Otherwise end that process ('kill -INT {id}'), then start the resource again.");
            }

            await Task.Delay(s_pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string? ReadFirstLine(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault("");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // A server's working folder is its data folder.
    private static bool IsServer(int processId, string pidFile, string line)
    {
        try
        {
            return OperatingSystem.IsLinux() ? ReadFirstLine($"/proc/{processId}/cwd/{pidFile}") == line
                : ((string[])["postgres", "redis", "valkey"]).Any(Process.GetProcessById(processId).ProcessName.StartsWith);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
