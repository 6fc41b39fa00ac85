using System.Net.Http.Json;
using System.Text.Json;
using HotShelf.CacheWorker.Audit;
using HotShelf.CacheWorker.Warming;
using HotShelf.Caching.Postgres;
using HotShelf.TestServers;

namespace HotShelf.CacheWorker.Tests;

/// <summary>The worker as a process of its own, as it is shipped, on real servers.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);
    private readonly ServerProcess _process;

    private WorkerProcess(ServerProcess process, int port)
    {
        _process = process;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>For tests that do not take Redis away: a machine that is busy is not a Redis that is away.</summary>
    public const string PatientWithRedis = "Caching__RemoteTimeout=00:00:10";

    public HttpClient Http { get; }

    public string Output => _process.Output;

    public static async Task<WorkerProcess> StartAsync(PostgresServer postgres, RedisServer redis, params string[] settings)
    {
        var port = ServerProcess.FreePort();
        var process = await ServerProcess.StartAsync("env",
        [
            $"ConnectionStrings__cache={redis.ConnectionString}", $"ConnectionStrings__productdb={postgres.ConnectionString}", $"ASPNETCORE_URLS=http://127.0.0.1:{port}",
            "Catalog__SampleData=true", .. settings, "dotnet", typeof(WarmingOptions).Assembly.Location,
        ]);
        return new WorkerProcess(process, port);
    }

    /// <summary>
    /// Returns when it has warmed again for the families that the feed of a new database removes: with them goes what was warmed before. From then on it has room to
    /// remember another reason to warm.
    /// </summary>
    public Task WarmedAfterTheFeedAsync() => Until.TrueAsync(
        () => Output is var written && written.IndexOf("(removal)", StringComparison.Ordinal) is >= 0 and var removal && written.IndexOf("WarmingDone", removal, StringComparison.Ordinal) > removal,
        () => $"warmed after a removal: {Output}", seconds: 60);

    public async Task<string> StatusAsync(string path)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
            return ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return "refused";
        }
        catch (TaskCanceledException)
        {
            return "no answer";
        }
    }

    public Task<AuditReport> AuditAsync() => GetAsync<AuditReport>("/cache/audit");

    public Task<ChangeFeedStatus> FeedAsync() => GetAsync<ChangeFeedStatus>("/cache/feed");

    private async Task<T> GetAsync<T>(string path)
    {
        try
        {
            return (await Http.GetFromJsonAsync<T>(path, s_json))!;
        }
        catch (HttpRequestException failure)
        {
            throw new InvalidOperationException($"{path}: {failure.Message}. The worker {(_process.IsRunning ? "runs" : "has ended")}, and wrote: {Output}", failure);
        }
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Sends a signal by its name, such as <c>STOP</c> or <c>CONT</c>.</summary>
    public Task SignalAsync(string signal) => _process.SignalAsync(signal);

    /// <summary>SIGTERM; returns when it has ended.</summary>
    public async Task TerminateAsync()
    {
        await _process.SignalAsync("TERM");
        await Until.TrueAsync(() => !_process.IsRunning, () => $"the worker ends: {Output}", seconds: 60);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }
}
