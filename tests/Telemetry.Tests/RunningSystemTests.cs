using System.Text.Json.Nodes;
using HotShelf.Telemetry.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.Telemetry.Tests;

/// <summary>The running system, as Prometheus, its logs and its probes show it.</summary>
public sealed class RunningSystemTests(RunningSystem system) : IClassFixture<RunningSystem>
{
    // What a system in order never has, and so no series either.
    private static readonly Dictionary<string, string> s_emptyInOrder = new()
    {
        ["hotshelf_cache_fill_errors_total"] = "no loader failed",
        ["hotshelf_cache_frames_rejected_total"] = "no entry in Redis was damaged or foreign",
        ["hotshelf_cache_payloads_rejected_total"] = "no value was larger than MaximumPayloadBytes",
        ["hotshelf_cache_bypassed_total"] = "no key was one that the cache does not take",
        ["hotshelf_feed_failures_total"] = "neither the database nor the cache was away",
        ["hotshelf_feed_escalations_total"] = "no table changed as a whole",
    };

    [PrometheusFact]
    public async Task Prometheus_ScrapingTheSystem_HasDataForEveryQueryWeShip()
    {
        await using var prometheus = await PrometheusServer.StartAsync(("productapi", system.Api.BaseAddress!), ("cacheworker", system.Worker.BaseAddress!));
        var queries = Expressions.OfDashboards()
            .Concat(Expressions.OfRules().Where(rule => !rule.IsAlert).Select(rule => ($"record {rule.Name}", rule.Name)))
            .Concat(Expressions.OfRules().Where(rule => rule.IsAlert).SelectMany(rule => Expressions.MetricsOf(rule.Query).Select(metric => ($"alert {rule.Name}", metric))))
            .Select(query => (Where: query.Item1, Query: query.Item2.Replace("$__rate_interval", "30s", StringComparison.Ordinal).Replace("$namespace", ".*", StringComparison.Ordinal)))
            .Where(query => !s_emptyInOrder.Keys.Any(metric => query.Query.Contains(metric, StringComparison.Ordinal)))
            .ToList();
        Assert.True(queries.Count > 90, $"{queries.Count} queries");

        var empty = queries;
        await Until.TrueAsync(async () =>
        {
            await system.UseAsync();
            var still = new List<(string Where, string Query)>();
            foreach (var query in empty)
            {
                if (!(await prometheus.QueryAsync(query.Query)).Any(double.IsFinite))
                    still.Add(query);
            }

            empty = still;
            return empty.Count == 0;
        }, () => "data for " + string.Join("\n", empty), seconds: 60);

        Assert.All(await prometheus.TargetsAsync(), target => Assert.EndsWith("up", target, StringComparison.Ordinal));
        Assert.Empty(await prometheus.QueryAsync("""ALERTS{alertstate="firing"}"""));
        // Probes and scrapes are no requests.
        Assert.Empty(await prometheus.QueryAsync("""http_server_request_duration_seconds_count{http_route=~"/(health|alive|ready|metrics)"}"""));
    }

    [PrometheusFact]
    public async Task Scrape_OfEachProcess_IsAcceptedByPromtoolAndHoldsNoSecret()
    {
        await system.UseAsync();
        foreach (var client in (HttpClient[])[system.Api, system.Worker])
        {
            var scrape = await client.GetStringAsync("/metrics");
            DocumentationTests.AssertExposed(scrape);
            var (exit, remarks) = await PrometheusPrograms.PromtoolAsync(scrape, "check", "metrics");
            // 3: remarks on style. Names of the framework are not ours to change.
            Assert.True(exit is 0 or 3, remarks);
            Assert.DoesNotContain(remarks.Split('\n'), line => line.StartsWith("hotshelf_", StringComparison.Ordinal));
            Assert.DoesNotContain(system.Secrets, secret => scrape.Contains(secret, StringComparison.Ordinal));
        }
    }

    [ServersFact]
    public async Task Trace_OfAMissAndOfHits_GoesFromTheRequestThroughTheCacheToTheSql()
    {
        var (_, id) = (await system.SendAsync("DELETE", "/cache/entries/product:4242", key: system.AdminKey), 4242);
        var miss = await TraceAsync(id, "miss");
        OtlpSpan[] hit = [];
        // The push of the node's own removal or store may drop the copy in memory: the next hit is then one of Redis, and copies it.
        await Until.TrueAsync(async () =>
        {
            hit = await TraceAsync(id, "hit");
            return hit.Single(span => span.Name == "cache.get").Attributes["hotshelf.cache.tier"] == "l1";
        }, "a hit in memory");

        var request = Assert.Single(miss, span => span.Name == "GET /products/{id}");
        var get = Assert.Single(miss, span => span.Name == "cache.get");
        var fill = Assert.Single(miss, span => span.Name == "cache.fill");
        var sql = Assert.Single(miss, span => span.Scope == "Npgsql");
        Assert.Equal([request.SpanId, get.SpanId, fill.SpanId], [get.ParentId, fill.ParentId, sql.ParentId]);
        Assert.Equal("origin", get.Attributes["hotshelf.cache.tier"]);
        Assert.Equal("miss", get.Attributes["hotshelf.cache.result"]);
        Assert.Equal("product", get.Attributes["hotshelf.cache.family"]);
        Assert.Equal("product", fill.Attributes["hotshelf.cache.family"]);
        Assert.Equal("miss", request.Attributes["hotshelf.cache.result"]);

        Assert.Equal(["GET /products/{id}", "cache.get"], hit.Select(span => span.Name).Order(StringComparer.Ordinal));

        _ = await system.Api.GetStringAsync("/health");
        _ = await system.Api.GetStringAsync("/metrics");
        Assert.DoesNotContain(system.Spans, span => span.Attributes.Values.Any(value => value is "/health" or "/metrics" or "/ready" or "/alive"));
        Assert.DoesNotContain(system.Spans, span => span.Attributes.Values.Any(value => system.Secrets.Any(value.Contains)));
    }

    [ServersFact]
    public async Task Health_ForAnAdministrator_TellsOfRedisPostgresStreamAndWarming()
    {
        using var anonymous = await system.SendAsync("GET", "/health");
        Assert.Equal("""{"status":"Healthy"}""", await anonymous.Content.ReadAsStringAsync());

        using var answer = await system.SendAsync("GET", "/health", key: system.AdminKey);
        var checks = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["entries"]!;
        Assert.Equal("tracking", checks["cache"]!["data"]!["coherence"]!.GetValue<string>());
        Assert.Equal("closed", checks["cache"]!["data"]!["redis"]!.GetValue<string>());
        foreach (var check in (string[])["StackExchange.Redis", "PostgreSql", "cache", "catalog", "self"])
        {
            Assert.Equal("Healthy", checks[check]!["status"]!.GetValue<string>());
            Assert.NotNull(checks[check]!["duration"]);
        }
    }

    [ServersFact]
    public async Task Logs_OfAFullRun_HoldNoSecretAndNoUser()
    {
        await system.UseAsync();
        await Until.TrueAsync(() => system.Logs.First().Log.Contains("/users/me/profile", StringComparison.Ordinal), "the requests are logged");

        foreach (var (process, log) in system.Logs)
            Assert.DoesNotContain(system.Secrets, secret => log.Contains(secret, StringComparison.Ordinal) ? throw new InvalidOperationException($"{process} logs a secret: {LineOf(log, secret)}") : false);
    }

    [ServersFact]
    public async Task Logs_OfAFullRun_AreOneObjectALineWithStableEvents()
    {
        await system.UseAsync();
        await Until.TrueAsync(() => system.Logs.First().Log.Contains("/users/me/profile", StringComparison.Ordinal), "the requests are logged");
        var lines = system.Logs.SelectMany(log => log.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(line => JsonNode.Parse(line)!).ToArray();

        Assert.All(lines.Where(line => line["category"]!.GetValue<string>().StartsWith("HotShelf.", StringComparison.Ordinal) && line["eventId"]!.GetValue<int>() >= 1000), line => Assert.NotNull(line["event"]));
        var names = lines.Where(line => line["event"] is not null && line["category"]!.GetValue<string>().StartsWith("HotShelf.", StringComparison.Ordinal))
            .Select(line => (Id: line["eventId"]!.GetValue<int>(), Name: line["event"]!.GetValue<string>())).Distinct().ToArray();
        Assert.Equal(names.Length, names.Select(name => name.Id).Distinct().Count());
        var request = lines.First(line => line["event"]?.GetValue<string>() == "RequestFinished" && line["state"]!["Route"]!.GetValue<string>() == "/products/{id}");
        Assert.Equal(9000, request["eventId"]!.GetValue<int>());
        Assert.Equal("GET", request["state"]!["Method"]!.GetValue<string>());
        Assert.Equal(200, request["state"]!["Status"]!.GetValue<int>());
        Assert.True(request["state"]!["DurationMs"]!.GetValue<double>() > 0);
        Assert.Contains(request["state"]!["Cache"]!.GetValue<string>(), (string[])["hit", "miss"]);
        Assert.Equal(32, request["traceId"]!.GetValue<string>().Length);
        Assert.DoesNotContain(lines, line => line["event"]?.GetValue<string>() == "RequestFinished" && line["state"]!["Route"]!.GetValue<string>() is "/health" or "/ready" or "/metrics");
    }

    private async Task<OtlpSpan[]> TraceAsync(int id, string result)
    {
        // Spans are exported in the order in which they end: after this one, those of earlier requests are there.
        const string Mark = "GET /cache/version";
        var marks = Marks();
        (await system.SendAsync("GET", "/cache/version", key: system.AdminKey)).Dispose();
        await Until.TrueAsync(() => Marks() > marks, "the spans of earlier requests");
        var before = system.Spans.Select(span => span.TraceId).ToHashSet();
        using var answer = await system.SendAsync("GET", $"/products/{id}");
        OtlpSpan[] trace = [];
        await Until.TrueAsync(() =>
        {
            var request = system.Spans.LastOrDefault(span => span.Name == "GET /products/{id}" && !before.Contains(span.TraceId) && span.Attributes.GetValueOrDefault("hotshelf.cache.result") == result);
            trace = [.. system.Spans.Where(span => span.TraceId == request?.TraceId)];
            return request is not null;
        }, $"the trace of a {result}");
        return trace;

        int Marks() => system.Spans.Count(span => span.Name == Mark);
    }

    private static string LineOf(string log, string text) => log.Split('\n').First(line => line.Contains(text, StringComparison.Ordinal));
}
