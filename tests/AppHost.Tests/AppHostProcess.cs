using System.Diagnostics;
using System.Text;
using HotShelf.TestServers;

[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
// Each starts the whole system: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace HotShelf.AppHostTests;

/// <summary>The AppHost as a process of its own, as <c>./dev run</c> starts it, on free ports and with data of its own.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
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

    /// <summary>Every process that comes of this one has it in its environment: <see cref="ProcessTree"/>.</summary>
    public string Mark { get; }

    public int ExitCode => _process.ExitCode;

    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public static AppHostProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.ChangeExtension(Folders.OutputOf("AppHost", "AppHost"), null), [.. arguments, "--DcpPublisher:RandomizePorts=true"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.Combine(Folders.Root, "AppHost"),
        };
        var mark = Guid.NewGuid().ToString("N");
        start.Environment[ProcessTree.Variable] = mark;
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        start.Environment["ASPNETCORE_URLS"] = $"http://localhost:{ServerProcess.FreePort()}";
        return new AppHostProcess(Process.Start(start)!, mark);
    }

    public Task WaitForOutputAsync(string text) => Until.TrueAsync(
        () => _process.HasExited ? throw new InvalidOperationException($"The AppHost ended before it wrote '{text}': {Output}") : Output.Contains(text, StringComparison.Ordinal),
        () => $"'{text}' in {Output}",
        seconds: 240);

    public Task WaitForExitAsync() => _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

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
        await ProcessTree.GoneAsync(ProcessTree.With(Mark), TimeSpan.FromSeconds(20));
    }

    private void Add(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
