using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HotShelf.TestServers;

/// <summary>
/// A server program that lives no longer than this process, however this process ends. A small shell stands between: it waits on a pipe
/// that the operating system closes with us, and then kills the server.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    // The server's own process tells its id, before it becomes the server: told by the shell, it could come after what the server writes.
    private const string Leash = """
        sh -c 'echo $$; exec "$@"' leash "$@" <&- & child=$!
        read -r end
        kill -KILL $child 2>/dev/null
        """;

    // The ports given out by this process, with the files that tell other test processes so.
    private static readonly ConcurrentDictionary<int, FileStream> s_given = new();
    private static readonly DirectoryInfo s_ports = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"hotshelf-test-ports-{Environment.UserName}"));

    private readonly Process _shell;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _openStreams = 2;

    private ServerProcess(Process shell, int processId)
    {
        _shell = shell;
        ProcessId = processId;
        Collect(shell.StandardOutput);
        Collect(shell.StandardError);
    }

    /// <summary>The server's own process id.</summary>
    public int ProcessId { get; }

    /// <summary>Everything the server wrote so far; for the message of a failing test.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    /// <summary>True while the server runs; on a system without /proc, while its leash does.</summary>
    public bool IsRunning
    {
        get
        {
            if (!File.Exists("/proc/self/stat"))
                return !_shell.HasExited;
            try
            {
                // "pid (name) state ...": Z is a process that has ended and that its shell has not looked at yet.
                var stat = File.ReadAllText($"/proc/{ProcessId}/stat");
                return stat[stat.LastIndexOf(')') + 2] != 'Z';
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>Starts <paramref name="program"/>; with <paramref name="user"/> given and root privileges, as that user.</summary>
    public static async Task<ServerProcess> StartAsync(string program, IEnumerable<string> arguments, string? user = null, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Leash);
        start.ArgumentList.Add("leash");
        foreach (var word in (string[])[.. user is null ? [] : As(user), program, .. arguments])
            start.ArgumentList.Add(word);
        var shell = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var first = await shell.StandardOutput.ReadLineAsync().ConfigureAwait(false);
        return int.TryParse(first, out var processId)
            ? new ServerProcess(shell, processId)
            : throw new InvalidOperationException($"{program} did not start: {first}{await shell.StandardError.ReadToEndAsync().ConfigureAwait(false)}");
    }

    /// <summary>The words before a command that run it as <paramref name="user"/>; none without root privileges.</summary>
    internal static string[] As(string user) => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--"] : [];

    /// <summary>Sends a signal by its name, such as <c>KILL</c>, <c>STOP</c>, <c>CONT</c> or <c>TERM</c>, and returns when it was sent.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", "kill -$0 $1 2>/dev/null", signal, $"{ProcessId}"]);
        await kill.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Kills the server at once (SIGKILL) and returns when it is gone.</summary>
    public async Task KillAsync()
    {
        if (!_shell.HasExited)
        {
            _shell.StandardInput.Close();
            await _shell.WaitForExitAsync().ConfigureAwait(false);
        }

        await _outputEnded.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync().ConfigureAwait(false);
        _shell.Dispose();
    }

    /// <summary>
    /// A port on loopback that nothing listens on, and that no other test has while this process lives. It lies below the ports that systems take for outgoing
    /// connections, so that none of those can take it before it is used, or while its server is gone; and between the AppHost's own, 5080 and from 15080 on.
    /// </summary>
    /// <exception cref="InvalidOperationException">None was found.</exception>
    public static int FreePort()
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            // Above 10080, which browsers refuse to open.
            var port = Random.Shared.Next(10_081, 15_000);
            if (!s_given.ContainsKey(port) && TryLock(port) is { } file)
            {
                if (IsFree(port) && s_given.TryAdd(port, file))
                    return port;
                file.Dispose();
            }
        }

        throw new InvalidOperationException("No free port between 10081 and 15000 was found.");
    }

    // Exclusive among processes too, and released by the operating system with this process.
    private static FileStream? TryLock(int port)
    {
        try
        {
            return new FileStream(Path.Combine(s_ports.FullName, $"{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async void Collect(StreamReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                lock (_output)
                {
                    if (_output.Length < 1 << 20)
                        _output.AppendLine(line);
                }
            }
        }
        catch (IOException)
        {
            // The pipe broke with its process: there is no more to read.
        }
        finally
        {
            if (Interlocked.Decrement(ref _openStreams) == 0)
                _outputEnded.TrySetResult();
        }
    }
}
