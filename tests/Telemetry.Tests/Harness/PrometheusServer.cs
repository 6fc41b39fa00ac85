using System.Globalization;
using System.Text.Json.Nodes;
using HotShelf.TestServers;

namespace HotShelf.Telemetry.Tests.Harness;

/// <summary>A real Prometheus with the configuration and the rules of deploy/prometheus, scraping every second instead of every fifteen.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly ServerProcess _process;
    private readonly string _folder;
    private readonly HttpClient _http;

    private PrometheusServer(ServerProcess process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public static async Task<PrometheusServer> StartAsync(params (string Service, Uri Address)[] targets)
    {
        var folder = Directory.CreateTempSubdirectory("prometheus-tests-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "rules"));
        foreach (var rules in Directory.GetFiles(Repository.Folder("deploy/prometheus/rules")))
            File.Copy(rules, Path.Combine(folder, "rules", Path.GetFileName(rules)));
        var port = ServerProcess.FreePort();
        var configuration = Repository.Read("deploy/prometheus/prometheus.yml").Replace("15s", "1s", StringComparison.Ordinal).Replace("localhost:9090", $"127.0.0.1:{port}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), configuration);
        await File.WriteAllLinesAsync(Path.Combine(folder, "targets.yml"),
            targets.Select(target => $$"""- { labels: { service: {{target.Service}} }, targets: ["{{target.Address.Authority}}"] }"""));
        var process = await ServerProcess.StartAsync(PrometheusPrograms.Program("prometheus"),
        [
            $"--config.file={Path.Combine(folder, "prometheus.yml")}", $"--storage.tsdb.path={Path.Combine(folder, "data")}", $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
        ]);
        var server = new PrometheusServer(process, folder, port);
        await Until.TrueAsync(async () => await server.IsReadyAsync(), () => $"Prometheus is ready: {process.Output}");
        return server;
    }

    /// <summary>The values of an instant query; throws with Prometheus' words when it cannot be evaluated.</summary>
    public async Task<double[]> QueryAsync(string expression)
    {
        using var answer = await _http.PostAsync("/api/v1/query", new FormUrlEncodedContent([KeyValuePair.Create("query", expression)]));
        var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return json["status"]!.GetValue<string>() != "success"
            ? throw new InvalidOperationException($"{expression}: {json["error"]}")
            : [.. json["data"]!["result"]!.AsArray().Select(series => double.Parse(series!["value"]![1]!.GetValue<string>(), CultureInfo.InvariantCulture))];
    }

    /// <summary>The health of each target: up, down or unknown, with its last error.</summary>
    public async Task<string[]> TargetsAsync() =>
        [.. JsonNode.Parse(await _http.GetStringAsync("/api/v1/targets"))!["data"]!["activeTargets"]!.AsArray()
            .Select(target => $"{target!["labels"]!["service"]?.GetValue<string>() ?? "prometheus"} {target["health"]!.GetValue<string>()} {target["lastError"]!.GetValue<string>()}".Trim())];

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync("/-/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException) when (_process.IsRunning)
        {
            return false;
        }
    }
}
