using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using HotShelf.TestServers;

namespace HotShelf.Load;

/// <summary>
/// What the dashboard takes of memory and processor while telemetry streams in, and how fast its pages answer meanwhile: each is drawn whole, from
/// everything that is kept.
/// </summary>
internal sealed class DashboardLoad : IAsyncDisposable
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private static readonly string[] s_pages = ["logs", "logs?q=productapi&level=Error", "traces", "traces?min=10", "meters", "resources"];

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly RedisServer _redis;
    private readonly ServerProcess _process;
    private readonly Uri _page;
    private readonly Uri _receiver;
    private long _sent;
    private long _refused;

    private DashboardLoad(RedisServer redis, ServerProcess process, Uri page, Uri receiver) => (_redis, _process, _page, _receiver) = (redis, process, page, receiver);

    public static async Task MeasureAsync(string program, TimeSpan time)
    {
        await using var load = await StartAsync(program);
        var idle = load.Process();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} processors; {TelemetryTraffic.SpansPerSecond:N0} spans, {TelemetryTraffic.LogsPerSecond:N0} log records and {TelemetryTraffic.SeriesPerSecond} series a second for {time.TotalSeconds:0} s"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"idle: {idle.Megabytes:0} MiB"));
        Console.WriteLine();
        Console.WriteLine("second    sent/s    refused    memory MiB    processor %    page p50 ms    page p99 ms");
        await load.RunAsync(time);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private static async Task<DashboardLoad> StartAsync(string program)
    {
        var redis = await RedisServer.StartAsync();
        var page = new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}");
        var receiver = new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}");
        var process = await ServerProcess.StartAsync("dotnet",
        [
            program, $"--urls={page}", $"--contentRoot={Path.GetDirectoryName(program)}", $"--ConnectionStrings:cache={redis.ConnectionString}", "--CacheConsole:Frontend:AuthMode=Unsecured",
            $"--CacheConsole:Otlp:HttpEndpointUrl={receiver}", $"--CacheConsole:Otlp:PrimaryApiKey={Key}", "--Logging:LogLevel:Default=Warning",
        ]);
        var load = new DashboardLoad(redis, process, page, receiver);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await load.AnswersAsync())
        {
            if (!process.IsRunning || limit.IsCancellationRequested)
                throw new InvalidOperationException($"The dashboard did not start: {process.Output}");
            await Task.Delay(100, CancellationToken.None);
        }

        return load;
    }

    private async Task RunAsync(TimeSpan time)
    {
        using var end = new CancellationTokenSource(time);
        var traffic = new TelemetryTraffic(TimeProvider.System);
        var all = new Latencies();
        var lately = new Latencies();
        Task[] senders = [SendAsync("v1/traces", traffic.Spans, end.Token), SendAsync("v1/logs", new TelemetryTraffic(TimeProvider.System).Logs, end.Token), SendAsync("v1/metrics", new TelemetryTraffic(TimeProvider.System).Metrics, end.Token)];
        var reader = ReadAsync(latency =>
        {
            all.Add(latency, true);
            lately.Add(latency, true);
        }, end.Token);

        var start = Stopwatch.GetTimestamp();
        var (sentBefore, before) = (0L, Process());
        var most = 0.0;
        var every = TimeSpan.FromSeconds(Math.Max(1, time.TotalSeconds / 12));
        using var timer = new PeriodicTimer(every);
        while (await TickAsync(timer, end.Token))
        {
            var now = Process();
            most = Math.Max(most, now.Megabytes);
            var sent = Interlocked.Read(ref _sent);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Stopwatch.GetElapsedTime(start).TotalSeconds,6:0} {(sent - sentBefore) / every.TotalSeconds,9:N0} {_refused,10} {now.Megabytes,13:0} {(now.Processor - before.Processor) / every * 100,14:0} {lately.Percentile(0.5),14:0.0} {lately.Percentile(0.99),14:0.0}"));
            (sentBefore, before, lately) = (sent, now, new Latencies());
        }

        await Task.WhenAll([.. senders, reader]);
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"most memory: {most:0} MiB; pages drawn: {all.Count}, p50 {all.Percentile(0.5):0.0} ms, p99 {all.Percentile(0.99):0.0} ms; refused: {_refused}"));
    }

    private async Task SendAsync(string path, Func<byte[]> batch, CancellationToken end)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / TelemetryTraffic.BatchesPerSecond));
        var perBatch = path switch { "v1/metrics" => TelemetryTraffic.SeriesPerSecond, "v1/logs" => TelemetryTraffic.LogsPerSecond, _ => TelemetryTraffic.SpansPerSecond } / TelemetryTraffic.BatchesPerSecond;
        while (await TickAsync(timer, end))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_receiver, path)) { Content = new ByteArrayContent(batch()) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf") } } };
            request.Headers.Add("x-otlp-api-key", Key);
            using var answer = await _client.SendAsync(request, CancellationToken.None);
            Interlocked.Add(ref answer.IsSuccessStatusCode ? ref _sent : ref _refused, perBatch);
        }
    }

    // One viewer who looks at another page five times a second.
    private async Task ReadAsync(Action<TimeSpan> measured, CancellationToken end)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var i = 0; await TickAsync(timer, end); i++)
        {
            var start = Stopwatch.GetTimestamp();
            using var answer = await _client.GetAsync(new Uri(_page, s_pages[i % s_pages.Length]), CancellationToken.None);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
            measured(Stopwatch.GetElapsedTime(start));
        }
    }

    private (double Megabytes, TimeSpan Processor) Process()
    {
        using var process = System.Diagnostics.Process.GetProcessById(_process.ProcessId);
        return (process.WorkingSet64 / 1048576.0, process.TotalProcessorTime);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri(_page, "alive"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async ValueTask<bool> TickAsync(PeriodicTimer timer, CancellationToken end)
    {
        try
        {
            return await timer.WaitForNextTickAsync(end);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
