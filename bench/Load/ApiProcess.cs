using System.Net;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Load;

/// <summary>
/// The API as a process of its own, over a Redis and a Postgres of its own; all gone with this one, however it ends. It is configured as it is shipped: Production,
/// with telemetry, request log, security headers and rate limits. Only the limits' numbers are higher, because all requests come from one address.
/// </summary>
internal sealed class ApiProcess : IServer, IAsyncDisposable
{
    private const string Unreached = "100000000";

    private readonly List<IAsyncDisposable> _parts = [];
    private ServerProcess? _process;

    public IPEndPoint Address { get; } = new(IPAddress.Loopback, ServerProcess.FreePort());

    /// <summary>Processor time that the API has used so far: unlike throughput it does not depend on what else the machine does.</summary>
    public TimeSpan ProcessorTime => ProcessorTimes.Of(_process!.ProcessId);

    public string Key { get; } = Guid.NewGuid().ToString("N");

    public static async Task<ApiProcess> StartAsync(string program, params string[] environment)
    {
        var api = new ApiProcess();
        try
        {
            var redis = await RedisServer.StartAsync();
            api._parts.Add(redis);
            var postgres = await PostgresServer.StartAsync();
            api._parts.Add(postgres);
            await using (var connection = new NpgsqlConnection(postgres.ConnectionString))
            {
                await connection.OpenAsync();
                await using var command = new NpgsqlCommand("create database productdb", connection);
                await command.ExecuteNonQueryAsync();
            }

            var process = await ServerProcess.StartAsync("env",
            [
                .. environment, "dotnet", program, $"--urls=http://{api.Address}", "--environment=Production", $"--contentRoot={Path.GetDirectoryName(program)}",
                $"--ConnectionStrings:cache={redis.ConnectionString}", $"--ConnectionStrings:productdb={postgres.ConnectionStringFor("productdb")}",
                $"--Api:Keys:admin={api.Key}", "--Api:BareEndpoint=true", "--Catalog:SampleData=true",
                $"--Api:RateLimits:PerAddress:PerSecond={Unreached}", $"--Api:RateLimits:PerAddress:Burst={Unreached}",
                $"--Api:RateLimits:PerKey:PerSecond={Unreached}", $"--Api:RateLimits:PerKey:Burst={Unreached}",
            ]);
            api._parts.Add(process);
            api._process = process;
            await api.WaitAsync(process);
            return api;
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _parts.Count - 1; i >= 0; i--)
            await _parts[i].DisposeAsync();
    }

    private async Task WaitAsync(ServerProcess process)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{Address}") };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                if ((await client.GetAsync("/ready", limit.Token)).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (process.IsRunning && !limit.IsCancellationRequested)
            {
                // Not listening yet.
            }

            if (!process.IsRunning)
                throw new InvalidOperationException($"The API did not start: {process.Output}");
            await Task.Delay(100, limit.Token);
        }
    }
}
