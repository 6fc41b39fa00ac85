using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using HotShelf.Deploy.Tests.Compose;
using HotShelf.TestServers;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>
/// The gateway of the composition, on loopback before two replicas of the shipped program. Nothing else runs meanwhile: a replica that does not answer two checks within a
/// second each is left out.
/// </summary>
[Collection(nameof(GatewayTests))]
public sealed partial class GatewayTests(Installation installation) : IClassFixture<Installation>, IDisposable
{
    /// <summary>What haproxy.cfg gives a read before it goes to another replica.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(5);

    private readonly SecretFolder _secrets = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hotshelf-gateway-");

    [GatewayFact]
    public async Task Reads_WhileAReplicaHangs_AreAllAnsweredAndItIsLeftOut()
    {
        _secrets.Write([("Api__Keys__admin", installation.ApiKey), ("Api__RateLimits__PerAddress__PerSecond", "0"), ("ConnectionStrings__cache", $"127.0.0.1:{installation.Redis.Port},password={installation.Password}"),
            ("ConnectionStrings__productdb", installation.Database)]);
        await using var one = await ServiceProcess.StartAsync(_secrets);
        await using var two = await ServiceProcess.StartAsync(_secrets);
        var (gateway, address) = await Gateway.StartAsync(_folder, one.Address, two.Address);
        await using var _ = gateway;
        using var client = new HttpClient { BaseAddress = address };
        await Until.TrueAsync(() => AnswersAsync(client), () => $"the gateway answers: {gateway.Output}");

        using var stop = new CancellationTokenSource();
        var answers = new ConcurrentQueue<(long At, HttpStatusCode Status, TimeSpan Took)>();
        // Each with a connection of its own that it keeps, as browsers do.
        var clients = Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(async () =>
        {
            using var http = new HttpClient { BaseAddress = address };
            for (var i = number; !stop.IsCancellationRequested; i += 8)
            {
                var started = Stopwatch.GetTimestamp();
                using var answer = await http.GetAsync(new Uri($"/products/{(i % 2000) + 1}", UriKind.Relative));
                answers.Enqueue((started, answer.StatusCode, Stopwatch.GetElapsedTime(started)));
                // Leaves a processor to the checks.
                await Task.Delay(5);
            }
        })));
        await Until.TrueAsync(() => answers.Count > 500, "the clients read");

        await one.SignalAsync("STOP");
        var hung = Stopwatch.GetTimestamp();
        await Until.TrueAsync(() => LeftOut().IsMatch(gateway.Output), () => $"the replica is left out: {gateway.Output}");
        var leftOut = Stopwatch.GetTimestamp();
        await Until.TrueAsync(() => answers.Count(answer => answer.At > leftOut) > 500, "the clients read on");
        await Until.TrueAsync(() => answers.Any(answer => answer.Took > s_deadline * 0.8), () => $"those who waited for the replica are answered by the other: {gateway.Output}");
        using (var write = await client.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/products/3/price") { Headers = { { "X-Api-Key", installation.ApiKey } }, Content = JsonContent.Create(new { amount = 3.5 }) }))
            Assert.Equal(HttpStatusCode.OK, write.StatusCode);
        await one.SignalAsync("CONT");
        await Until.TrueAsync(() => Back().IsMatch(gateway.Output), () => $"the replica is back: {gateway.Output}");
        await stop.CancelAsync();
        await clients.WaitAsync(s_deadline * 2);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        var longest = answers.Max(answer => answer.Took);
        // The other replica may first wait for the lease of a fill that hangs: for LeaseWait, which the API has shorter than the deadline, so that the second attempt answers.
        Assert.True(longest < s_deadline * 2, $"a read took {longest}: {gateway.Output}");
        Assert.InRange(Stopwatch.GetElapsedTime(hung, leftOut), TimeSpan.Zero, s_deadline);
    }

    [GatewayFact]
    public async Task Paths_ForThoseInside_AreNotReachedHoweverTheyAreWritten()
    {
        _secrets.Write([("Api__Keys__admin", installation.ApiKey), ("Api__RateLimits__PerAddress__PerSecond", "0"), ("ConnectionStrings__cache", $"127.0.0.1:{installation.Redis.Port},password={installation.Password}"),
            ("ConnectionStrings__productdb", installation.Database)]);
        await using var service = await ServiceProcess.StartAsync(_secrets);
        var (gateway, address) = await Gateway.StartAsync(_folder, service.Address);
        await using var _ = gateway;
        using var client = new HttpClient { BaseAddress = address };
        // A proxy is asked for the whole address: GET http://host/path.
        using var absolute = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy(address) });
        await Until.TrueAsync(() => AnswersAsync(client), () => $"the gateway answers: {gateway.Output}");

        // Sent as they are written here: as a rule Uri decodes them and resolves dot segments.
        async Task<HttpStatusCode> GetAsync(HttpClient client, string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{address.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            request.Headers.Add("X-Api-Key", installation.ApiKey);
            using var answer = await client.SendAsync(request);
            return answer.StatusCode;
        }

        List<string> reached = [];
        foreach (var path in (string[])["/metrics", "/METRICS", "/metrics/", "/%6detrics", "/health", "/Health", "/%72eady", "/alive/", "/cache/node", "/CACHE/Node", "/cache/node/", "/cache/%6eode", "/%63ache/node",
            "/products/../metrics", "/products/%2e%2e/metrics", "/./metrics", "/cache/./node", "/cache/stats/%2E./node", "/products/.%2e/cache/node?x=1", "/products/%zz/../../metrics", "/products/%/../../ready", "/cache/%zz/../node",
            @"/products\..\metrics", @"/cache/x\..\node"])
        {
            if (await GetAsync(client, path) != HttpStatusCode.NotFound)
                reached.Add(path);
            if (await GetAsync(absolute, path) != HttpStatusCode.NotFound)
                reached.Add($"{address.Authority}{path}");
        }

        Assert.Empty(reached);
        foreach (var path in (string[])["/products/1", "/products?pageSize=1", "/openapi/v1.json", "/cache/stats", "/cache/nodes", "/cache/entries/product:1"])
        {
            Assert.Equal(HttpStatusCode.OK, await GetAsync(client, path));
            Assert.Equal(HttpStatusCode.OK, await GetAsync(absolute, path));
        }
    }

    [GatewayFact]
    public async Task Replicas_OverHttps_AreUsedWhenTheirCertificateIsOfThisInstallation()
    {
        _secrets.Write([("Api__RateLimits__PerAddress__PerSecond", "0"), ("ConnectionStrings__cache", $"127.0.0.1:{installation.Redis.Port},password={installation.Password}"), ("ConnectionStrings__productdb", installation.Database)]);
        var ours = await CertificatesAsync("ours");
        var (one, trusted) = await StartHttpsAsync(ours);
        await using var _1 = one;
        var others = await CertificatesAsync("others");
        var (two, foreign) = await StartHttpsAsync(others);
        await using var _2 = two;
        var (gateway, address) = await Gateway.StartAsync(_folder, Path.Combine(ours, "inside-ca.crt"), foreign, trusted);
        await using var _3 = gateway;
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
        await Until.TrueAsync(() => AnswersAsync(client), () => $"the gateway answers: {gateway.Output}");
        await Until.TrueAsync(() => LeftOut().IsMatch(gateway.Output), () => $"the other is left out: {gateway.Output}");

        for (var id = 1; id <= 50; id++)
        {
            using var answer = await client.GetAsync(new Uri($"/products/{id}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            // The caller came by plain HTTP, and the gateway says so.
            Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
        }

        // A renewed certificate is used without a restart: the foreign replica becomes one of this installation.
        foreach (var file in (string[])["productapi.key", "productapi.crt"])
            File.Copy(Path.Combine(ours, file), Path.Combine(others, file), overwrite: true);
        await Until.TrueAsync(() => Back().IsMatch(gateway.Output), () => $"the other is used: {gateway.Output}", seconds: 60);
    }

    public void Dispose()
    {
        _secrets.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>The API with plain HTTP for probes, and HTTPS as compose.tls-inside.yaml sets it up.</summary>
    private async Task<(ServiceProcess Process, Uri Address)> StartHttpsAsync(string certificates)
    {
        var (http, https) = ($"http://127.0.0.1:{ServerProcess.FreePort()}", $"https://127.0.0.1:{ServerProcess.FreePort()}");
        var settings = ComposeFile.Load("deploy/compose/compose.tls-inside.yaml").Services["productapi"].Environment
            .Where(variable => variable.Key.StartsWith("Kestrel__", StringComparison.Ordinal))
            .Select(variable => $"{variable.Key}={variable.Value.Replace("/run/secrets", certificates, StringComparison.Ordinal).Replace("http://*:8080", http, StringComparison.Ordinal).Replace("https://*:8443", https, StringComparison.Ordinal)}");
        var process = await ServiceProcess.StartAsync(_secrets, http, "ProductApi", ["Catalog__SampleData=true", .. settings]);
        await process.ReadyAsync();
        return (process, new Uri(https));
    }

    private async Task<string> CertificatesAsync(string name)
    {
        var folder = Path.Combine(_folder.FullName, name);
        using var script = Process.Start(new ProcessStartInfo("sh", [Repository.PathOf("deploy/secrets.sh"), folder]) { Environment = { ["HOTSHELF_TLS"] = "yes" }, RedirectStandardError = true })!;
        var said = await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, said);
        return folder;
    }

    private static async Task<bool> AnswersAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/products/1", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [CollectionDefinition(nameof(GatewayTests), DisableParallelization = true)]
    public sealed class Alone;

    [GeneratedRegex("Server productapi/replica1 is DOWN")]
    private static partial Regex LeftOut();

    [GeneratedRegex("Server productapi/replica1 is UP")]
    private static partial Regex Back();
}
