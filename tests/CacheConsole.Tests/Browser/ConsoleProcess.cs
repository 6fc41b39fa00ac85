using HotShelf.TestServers;

namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>The console as a process of its own, from its own folder, as it is run.</summary>
internal sealed class ConsoleProcess : IAsyncDisposable
{
    public const string Token = "0123456789abcdef0123456789abcdef";

    private readonly string[] _settings;
    private readonly string _auditFile = Path.Combine(Path.GetTempPath(), $"hotshelf-audit-{Guid.NewGuid():N}.jsonl");
    private ServerProcess? _process;

    private ConsoleProcess(string[] settings)
    {
        _settings = settings;
        Address = new Uri($"http://localhost:{ServerProcess.FreePort()}");
    }

    public Uri Address { get; }

    public string Output => _process!.Output;

    public static async Task<ConsoleProcess> StartAsync(params string[] settings)
    {
        var console = new ConsoleProcess(settings);
        await console.StartAgainAsync();
        return console;
    }

    /// <summary>On the same port.</summary>
    public async Task StartAgainAsync(string token = Token)
    {
        var folder = Path.Combine(Root(), "CacheConsole");
        // bin/Debug/net10.0 of this project and of that one.
        var output = Path.Combine(folder, "bin", Path.Combine(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar)[^2..]));
        _process = await ServerProcess.StartAsync("env",
            [$"ASPNETCORE_URLS={Address}", "ASPNETCORE_ENVIRONMENT=Production", "ServiceDefaults__DrainDelay=00:00:00", $"CacheConsole__Frontend__BrowserToken={token}", $"CacheConsole__AuditFile={_auditFile}", .. _settings, "dotnet", Path.Combine(output, "CacheConsole.dll")],
            workingDirectory: folder);
        using var http = new HttpClient { BaseAddress = Address };
        await Until.TrueAsync(() => AnswersAsync(http, "/alive", _process), () => $"the console answers: {_process.Output}", seconds: 90);
    }

    /// <summary>kill -9: no good-bye to any browser.</summary>
    public Task KillAsync() => _process!.KillAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        File.Delete(_auditFile);
    }

    public static async Task<bool> AnswersAsync(HttpClient http, string path, ServerProcess process)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException) when (process.IsRunning)
        {
            return false;
        }
    }

    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "HotShelf.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
