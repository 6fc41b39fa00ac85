using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Aspire.Hosting.Local;

/// <summary>
/// A process that never outlives this one, however this one ends. A small shell in a session of its own stands between: it reads signal names from a
/// pipe, and when the operating system closes the pipe with us, it ends its child and everything in its session.
/// </summary>
internal sealed class Leash
{
    // $1: what ends the child when we are gone. The child says its own id before it becomes the program, so the id always comes first.
    private const string Script = """
        farewell=$1; shift
        trap : TERM INT HUP
        exec 3<&0
        sh -c 'echo $$; exec "$@"' leash "$@" </dev/null 3<&- &
        child=$!
        {
          while read -r word; do kill -s "$word" $child 2>/dev/null; done
          kill -s "$farewell" $child 2>/dev/null
          i=0
          while [ "$farewell" != KILL ] && [ $i -lt 30 ] && kill -0 $child 2>/dev/null; do sleep 0.1; i=$((i+1)); done
          kill -KILL 0
        } <&3 &
        exec 3<&-
        wait $child
        code=$?
        while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
        kill -TERM 0
        exit $code
        """;

    // macOS has no setsid program, but perl.
    private static readonly string[] s_newSession = new[] { "/usr/bin/setsid", "/bin/setsid" }.FirstOrDefault(File.Exists) is { } setsid
        ? [setsid] : ["/usr/bin/perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV"];

    private readonly Process _shell;
    private readonly Lock _lock = new();

    private Leash(Process shell, int processId, Action<string, bool> written)
    {
        _shell = shell;
        ProcessId = processId;
        var ends = new[] { ReadLines(shell.StandardOutput, false, written), ReadLines(shell.StandardError, true, written) };
        Exited = EndAsync(ends);
    }

    /// <summary>The id of the program's process.</summary>
    public int ProcessId { get; }

    /// <summary>Completes with the exit code when the program has ended and its output is read; 128 + n after signal n.</summary>
    public Task<int> Exited { get; }

    public static Leash Start(ProgramStart program, Action<string, bool> written)
    {
        var start = new ProcessStartInfo(s_newSession[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = program.WorkingDirectory,
        };
        string[] words = [.. s_newSession.Skip(1), "/bin/sh", "-c", Script, "leash", program.FarewellSignal, .. UserWords(program.User), program.FileName, .. program.Arguments];
        foreach (var word in words)
            start.ArgumentList.Add(word);
        if (program.Environment is { } environment)
        {
            start.Environment.Clear();
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
        }

        var shell = Process.Start(start) ?? throw new DistributedApplicationException($"{program.FileName} did not start.");
        var first = shell.StandardOutput.ReadLine();
        return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new Leash(shell, id, written)
            : throw new DistributedApplicationException($"{program.FileName} did not start: {first} {shell.StandardError.ReadToEnd()}");
    }

    /// <summary>A shell in a session of its own that reads from us.</summary>
    public static Process StartShell(string script, string[] arguments)
    {
        var start = new ProcessStartInfo(s_newSession[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var word in (string[])[.. s_newSession.Skip(1), "/bin/sh", "-c", script, "janitor", .. arguments])
            start.ArgumentList.Add(word);
        return Process.Start(start) ?? throw new DistributedApplicationException("/bin/sh did not start.");
    }

    /// <summary>Sends a signal by its name, such as <c>TERM</c>; nothing happens when the program has ended.</summary>
    public void Signal(string name)
    {
        lock (_lock)
        {
            try
            {
                if (Exited.IsCompleted)
                    return;
                _shell.StandardInput.WriteLine(name);
                _shell.StandardInput.Flush();
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // The shell ended in this moment, and its child before it.
            }
        }
    }

    /// <summary>Asks the program to end, kills it when it has not after <paramref name="grace"/>, and returns when it is gone.</summary>
    public async Task StopAsync(string signal, TimeSpan grace)
    {
        Signal(signal);
        if (await Task.WhenAny(Exited, Task.Delay(grace)).ConfigureAwait(false) != Exited)
            Signal("KILL");
        await Exited.ConfigureAwait(false);
    }

    private static string[] UserWords(string? user) => user is null ? [] : ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--"];

    private async Task<int> EndAsync(Task[] readers)
    {
        await _shell.WaitForExitAsync().ConfigureAwait(false);
        // A grandchild may hold the output open for ever: what it says after the program's end is not waited for.
        await Task.WhenAny(Task.WhenAll(readers), Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
        var code = _shell.ExitCode;
        _shell.Dispose();
        return code;
    }

    // A thread per stream: reading a pipe blocks, and a dozen blocked pool threads would starve everything else.
    private static Task ReadLines(StreamReader reader, bool isError, Action<string, bool> written)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                foreach (var line in BoundedLines.Of(reader))
                    written(line, isError);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // The pipe broke with its process: there is no more to read.
            }
            finally
            {
                ended.TrySetResult();
            }
        }, 256 * 1024)
        {
            IsBackground = true,
            Name = "output of a resource",
        };
        thread.Start();
        return ended.Task;
    }
}
