using System.Diagnostics;
using System.Text;

[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]

namespace HotShelf.AppHostTests;

/// <summary>An AppHost as a process of its own, with a home and a data folder of its own.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private AppHostProcess(Process process, string mark)
    {
        _process = process;
        Mark = mark;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Mark { get; }

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    /// <summary>An AppHost of this checkout, from its own output: the test's folder holds a copy without its runtimeconfig.</summary>
    public static AppHostProcess StartProject(string home, string project, string assembly, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Folders.OutputOf(project, assembly), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.Combine(Folders.Root, project),
        };
        var mark = Guid.NewGuid().ToString("N");
        start.Environment[ProcessTree.Variable] = mark;
        start.Environment["HOME"] = home;
        start.Environment["XDG_DATA_HOME"] = Path.Combine(home, "data");
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(home, "tmp")).FullName;
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        return new AppHostProcess(Process.Start(start)!, mark);
    }

    /// <summary>A home folder that a server's user may look into.</summary>
    public static string NewHome()
    {
        var home = Directory.CreateTempSubdirectory("apphost-tests-").FullName;
        File.SetUnixFileMode(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return home;
    }

    public async Task WaitForOutputAsync(string text)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited || TimeProvider.System.GetElapsedTime(since) > Limit)
                throw new InvalidOperationException($"The AppHost did not say '{text}': {Output}");
            await Task.Delay(20);
        }
    }

    public Task WaitForExitAsync() => _process.WaitForExitAsync(new CancellationTokenSource(Limit).Token);

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await ProcessTree.GoneAsync(Mark, TimeSpan.FromSeconds(10));
    }

    private void Add(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
