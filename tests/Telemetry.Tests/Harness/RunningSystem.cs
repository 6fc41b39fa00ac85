using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Telemetry.Tests.Harness;

/// <summary>
/// The shipped programs as processes of their own, as in production: Redis, Postgres, the API and the worker, all with logs in JSON. What they are
/// given as secrets, and who uses them, is remembered, so that a test can look for it where it must not be.
/// </summary>
public sealed class RunningSystem : IAsyncLifetime
{
    private const string User = "user-4711-mallory";
    private readonly List<ServerProcess> _processes = [];
    private RedisServer? _redis;
    private PostgresServer? _postgres;
    private OtlpCollector? _collector;

    public HttpClient Api { get; private set; } = null!;

    public HttpClient Worker { get; private set; } = null!;

    /// <summary>Everything that no log may hold.</summary>
    public List<string> Secrets { get; } = [];

    public IEnumerable<(string Process, string Log)> Logs => [("ProductApi", _processes[0].Output), ("CacheWorker", _processes[1].Output)];

    public RedisServer Redis => _redis!;

    public PostgresServer Postgres => _postgres!;

    /// <summary>The spans that both processes have exported so far.</summary>
    internal IReadOnlyCollection<OtlpSpan> Spans => _collector!.Spans;

    public static string? Missing => RedisServer.Missing ?? PostgresServer.Missing;

    public async Task InitializeAsync()
    {
        if (Missing is not null)
            return;
        var password = Secret();
        _redis = await RedisServer.StartAsync("--requirepass", password, "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru");
        _postgres = await PostgresServer.StartAsync();
        await using (var connection = new NpgsqlConnection(_postgres.ConnectionString))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("create database productdb", connection);
            await command.ExecuteNonQueryAsync();
        }

        _collector = await OtlpCollector.StartAsync();
        AdminKey = Secret();
        WriteKey = Secret();
        string[] shared =
        [
            $"ConnectionStrings__cache=127.0.0.1:{_redis.Port},password={password},abortConnect=false",
            $"ConnectionStrings__productdb={_postgres.ConnectionStringFor("productdb")};Application Name={Secret()}",
            "DOTNET_ENVIRONMENT=Production", "Catalog__SampleData=true", "Logging__Console__FormatterName=json", "Logging__LogLevel__Default=Information", .. _collector.Environment,
        ];
        Api = await StartAsync("ProductApi", [.. shared, $"Api__Keys__admin={AdminKey}", $"Api__Keys__write={WriteKey}", $"Api__Keys__sessions={WriteKey}-sessions"]);
        Worker = await StartAsync("CacheWorker", [.. shared, "Worker__Warming__Products=200"]);
        await ReadyAsync(Api, _processes[0]);
        await ReadyAsync(Worker, _processes[1]);
    }

    public string AdminKey { get; private set; } = "";

    public string WriteKey { get; private set; } = "";

    /// <summary>One round of everything a customer, a shop keeper and an operator do.</summary>
    public async Task UseAsync()
    {
        for (var id = 1; id <= 20; id++)
        {
            await SendAsync("GET", $"/products/{id}");
            await SendAsync("GET", $"/products/{id}");
            await SendAsync("GET", $"/products/{id}/price");
        }

        await SendAsync("GET", $"/products/{Random.Shared.Next(1000, 9000)}");
        await SendAsync("GET", "/products?pageSize=5");
        await SendAsync("GET", "/products/batch?ids=1,2,3,40,41");
        await SendAsync("GET", "/products/999999");
        await SendAsync("GET", "/nowhere");
        await SendAsync("PUT", "/products/3/price", $$"""{"amount":{{Random.Shared.Next(1, 99)}}.5}""", WriteKey);
        await SendAsync("PUT", "/products/3/price", """{"amount":1}""", "a-wrong-key-" + Secret());
        using (var opened = await SendAsync("POST", "/sessions", $$"""{"userId":"{{User}}"}""", $"{WriteKey}-sessions"))
        {
            var token = JsonNode.Parse(await opened.Content.ReadAsStringAsync())?["token"]?.GetValue<string>() ?? throw new InvalidOperationException($"No session: {(int)opened.StatusCode}");
            Secrets.Add(token);
            if (!Secrets.Contains(User))
                Secrets.Add(User);
            await SendAsync("GET", "/sessions/current", token: token);
            await SendAsync("GET", "/users/me/profile", token: token);
            await SendAsync("DELETE", "/sessions/current", token: token);
            await SendAsync("GET", "/users/me/profile", token: token);
        }

        await SendAsync("GET", "/cache/stats", key: AdminKey);
        await SendAsync("GET", $"/cache/entries/{Uri.EscapeDataString($"user-profile:{User}")}", key: AdminKey);
        await SendAsync("DELETE", "/cache/entries/product:7", key: AdminKey);
    }

    public async Task<HttpResponseMessage> SendAsync(string method, string path, string? json = null, string? key = null, string? token = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("X-Forwarded-Proto", "https");
        if (json is not null)
            request.Content = JsonContent.Create(JsonNode.Parse(json));
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        if (token is not null)
            request.Headers.Add("Authorization", $"Bearer {token}");
        return await Api.SendAsync(request);
    }

    public async Task DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        if (_collector is not null)
            await _collector.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    private string Secret()
    {
        var secret = "s" + Guid.NewGuid().ToString("N");
        Secrets.Add(secret);
        return secret;
    }

    private async Task<HttpClient> StartAsync(string program, string[] environment)
    {
        var address = $"http://127.0.0.1:{ServerProcess.FreePort()}";
        _processes.Add(await ServerProcess.StartAsync("env", [.. environment, $"ASPNETCORE_URLS={address}", "dotnet", Path.Combine(AppContext.BaseDirectory, $"{program}.dll")],
            workingDirectory: AppContext.BaseDirectory));
        return new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ActivityHeadersPropagator = null }) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(30) };
    }

    private static Task ReadyAsync(HttpClient client, ServerProcess process) => Until.TrueAsync(async () =>
    {
        try
        {
            using var answer = await client.GetAsync("/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException) when (process.IsRunning)
        {
            return false;
        }
    }, () => $"{client.BaseAddress} is ready: {process.Output}", seconds: 90);
}
