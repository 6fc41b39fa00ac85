using System.Diagnostics;
using System.Globalization;
using System.Net;
using HotShelf.TestServers;

namespace HotShelf.Load;

/// <summary>The service of <c>bench/fastapi</c> over a Redis of its own.</summary>
internal sealed class FastApiProcess : IServer, IAsyncDisposable
{
    public const string Missing = "apt-get install python3-fastapi python3-uvicorn python3-redis python3-uvloop python3-httptools python3-hiredis";

    // The system's own comes first: its packages are not those of another Python.
    private static readonly string[] s_pythons = ["/usr/bin/python3", "python3"];

    private readonly RedisServer _redis;
    private readonly ServerProcess _process;

    private FastApiProcess(RedisServer redis, ServerProcess process, IPEndPoint address) => (_redis, _process, Address) = (redis, process, address);

    public IPEndPoint Address { get; }

    public TimeSpan ProcessorTime => ProcessorTimes.Of(_process.ProcessId);

    /// <summary>Null when it is not installed.</summary>
    /// <param name="folder">Where service.py is.</param>
    /// <param name="product">The product as JSON.</param>
    /// <param name="isTuned">
    /// True for one worker for each processor, with uvloop and httptools; false for what <c>uvicorn service:app</c> starts after <c>pip install fastapi uvicorn redis</c>: one worker, with the loop of Python and h11.
    /// </param>
    public static async Task<FastApiProcess?> StartAsync(string folder, string product, bool isTuned)
    {
        if (Array.Find(s_pythons, IsReady) is not { } python)
            return null;
        var redis = await RedisServer.StartAsync();
        var address = new IPEndPoint(IPAddress.Loopback, ServerProcess.FreePort());
        // Without a line in the log for each request, as the API. Its workers do not start without a standard input.
        var process = await ServerProcess.StartAsync("sh",
        [
            "-c", "exec \"$@\" </dev/null", "sh", "env", $"REDIS_URL=redis://127.0.0.1:{redis.Port}", $"PRODUCT={product}", "PYTHONDONTWRITEBYTECODE=1", python, "-m", "uvicorn", "service:app", "--app-dir", folder,
            "--host", "127.0.0.1", "--port", address.Port.ToString(CultureInfo.InvariantCulture),
            "--log-level", "warning", .. isTuned ? ["--loop", "uvloop", "--http", "httptools", "--workers", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)] : (string[])["--loop", "asyncio", "--http", "h11"],
        ]);
        var started = new FastApiProcess(redis, process, address);
        await started.WaitAsync();
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        // Asked to end, it ends its workers too.
        await _process.SignalAsync("TERM");
        while (_process.IsRunning)
            await Task.Delay(20);
        await _process.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private async Task WaitAsync()
    {
        using var client = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://{Address}/products/42"), limit.Token);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (!limit.IsCancellationRequested)
            {
                // Not listening yet.
            }

            if (!_process.IsRunning)
                throw new InvalidOperationException($"FastAPI did not start: {_process.Output}");
            await Task.Delay(100, limit.Token);
        }
    }

    private static bool IsReady(string python)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import fastapi, uvicorn, redis.asyncio, uvloop, httptools"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
