using System.Diagnostics;
using HotShelf.TestServers;
using Npgsql;
using Xunit.Abstractions;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>
/// A roll-out of this build over one Redis and one Postgres, from a build of a version before: tests/rolling-update.sh COMMIT makes it and runs this. The order is
/// that of deploy/README.md: the new worker starts and waits, the last old one stops, the schema follows, then the replicas of the API are replaced one by one.
/// </summary>
public sealed class RollingUpdateTests(Installation installation, ITestOutputHelper output) : IClassFixture<Installation>, IDisposable
{
    /// <summary>How late a change may be seen elsewhere that the API made: Caching:IncoherentLocal, for a replica whose tracking connection is lost.</summary>
    private static readonly TimeSpan s_promise = TimeSpan.FromSeconds(1);

    private readonly SecretFolder _secrets = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hotshelf-rolling-");

    [RollingUpdateFact]
    [Trait("Needs", "OlderBuild")]
    public async Task RollingUpdate_FromTheVersionBefore_FailsNoRequestAndKeepsThePromise()
    {
        var before = Environment.GetEnvironmentVariable(RollingUpdateFactAttribute.Variable)!;
        string[] settings = ["ServiceDefaults__DrainDelay=00:00:03", "Api__RateLimits__PerAddress__PerSecond=0", "Api__RateLimits__PerKey__PerSecond=0", "Catalog__SampleData=true"];
        string[] now = [.. settings, "Catalog__ApplySchema=false", .. Environment.GetEnvironmentVariable("HOTSHELF_ROLL_VERSION") is { Length: > 0 } version ? [$"Caching__Version={version}"] : Array.Empty<string>()];
        _secrets.Write([("Api__Keys__admin", installation.ApiKey), ("ConnectionStrings__cache", $"127.0.0.1:{installation.Redis.Port},password={installation.Password}"), ("ConnectionStrings__productdb", installation.Database)]);
        var addresses = Enumerable.Range(0, 4).Select(_ => new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}")).ToArray();
        string Url(int number) => addresses[number].ToString().TrimEnd('/');

        await using var oldWorker = await ServiceProcess.StartAsync(_secrets, Path.Combine(before, "CacheWorker", "CacheWorker.dll"), settings);
        await oldWorker.ReadyAsync();
        await using var first = await ServiceProcess.StartAsync(_secrets, Url(0), Path.Combine(before, "ProductApi", "ProductApi.dll"), settings);
        await using var second = await ServiceProcess.StartAsync(_secrets, Url(1), Path.Combine(before, "ProductApi", "ProductApi.dll"), settings);
        await first.ReadyAsync();
        await second.ReadyAsync();
        var (gateway, address) = await Gateway.StartAsync(_folder, addresses);
        await using var _ = gateway;
        await Until.TrueAsync(() => gateway.Output.Contains("Server productapi/replica4 is DOWN", StringComparison.Ordinal), () => gateway.Output);

        await using var database = NpgsqlDataSource.Create(installation.Database);
        await using var traffic = new PriceTraffic(address, installation.ApiKey, database);
        traffic.Start(readers: 4);
        await MoreAsync(traffic, 1_000);
        Report("before", traffic);

        // The new worker waits for the schema, which follows when the last old worker has stopped; with the same schema it waits for the slot. Between the two the database is not followed.
        await using var newWorker = await ServiceProcess.StartAsync(_secrets, "CacheWorker", now);
        await Until.TrueAsync(() => newWorker.Output.Contains("WaitingForSchema", StringComparison.Ordinal) || newWorker.Output.Contains("FeedStandingBy", StringComparison.Ordinal), () => newWorker.Output);
        var gapBegan = Stopwatch.GetTimestamp();
        await oldWorker.TerminateAsync();
        await MigrateAsync(settings);
        await newWorker.ReadyAsync();
        var gapEnded = Stopwatch.GetTimestamp();
        output.WriteLine($"no worker for {Stopwatch.GetElapsedTime(gapBegan, gapEnded).TotalSeconds:0.0} s");
        await MoreAsync(traffic, 1_000);
        Report("new worker, old replicas", traffic);

        await using var third = await ServiceProcess.StartAsync(_secrets, Url(2), "ProductApi", now);
        await third.ReadyAsync();
        await Until.TrueAsync(() => gateway.Output.Contains("Server productapi/replica3 is UP", StringComparison.Ordinal), () => gateway.Output);
        await MoreAsync(traffic, 1_000);
        Report("two old replicas and a new one", traffic);
        await first.TerminateAsync();
        await using var fourth = await ServiceProcess.StartAsync(_secrets, Url(3), "ProductApi", now);
        await fourth.ReadyAsync();
        await Until.TrueAsync(() => gateway.Output.Contains("Server productapi/replica4 is UP", StringComparison.Ordinal), () => gateway.Output);
        await MoreAsync(traffic, 1_000);
        await second.TerminateAsync();
        await MoreAsync(traffic, 1_000);
        Report("new replicas", traffic);
        await traffic.StopAsync();

        Assert.Empty(traffic.Failures);
        Assert.All(traffic.Stale.Where(answer => answer.Writer == "API"), answer => Assert.True(answer.Age < s_promise, $"{answer.Read} is stale for {answer.Age}"));
        // What the database's writer changed while no worker ran is seen when one runs.
        Assert.All(traffic.Stale.Where(answer => answer.Writer == "database" && answer.At > gapEnded), answer => Assert.True(answer.Age < s_promise * 2, $"{answer.Read} is stale for {answer.Age}"));
    }

    public void Dispose()
    {
        _secrets.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task MigrateAsync(string[] settings)
    {
        await using var migrate = await ServerProcess.StartAsync("env",
            [$"ServiceDefaults__SecretFiles={_secrets.Path}", "DOTNET_ENVIRONMENT=Production", .. settings, "dotnet", Path.Combine(AppContext.BaseDirectory, "CacheWorker.dll"), "migrate"]);
        await Until.TrueAsync(() => !migrate.IsRunning, () => migrate.Output, seconds: 90);
        Assert.DoesNotContain("CatalogSetupFailed", migrate.Output, StringComparison.Ordinal);
    }

    private static Task MoreAsync(PriceTraffic traffic, int reads)
    {
        var until = traffic.Reads + reads;
        return Until.TrueAsync(() => traffic.Reads >= until, () => $"the clients read on: {traffic.Reads} of {until}, {string.Join(", ", traffic.Failures.Take(3))}", seconds: 120);
    }

    private void Report(string phase, PriceTraffic traffic)
    {
        var stale = traffic.Stale.ToList();
        output.WriteLine($"{phase}: {traffic.Reads} reads, {traffic.Writes} writes, {traffic.Failures.Count} failed; " + string.Join("; ",
            stale.GroupBy(answer => (answer.Writer, answer.Read)).Select(group => $"{group.Count()} stale {group.Key.Read} after writes by the {group.Key.Writer}, at most {group.Max(answer => answer.Age).TotalMilliseconds:0} ms")));
    }
}

/// <summary>A fact that needs a build of another version, and Redis, Postgres and HAProxy.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RollingUpdateFactAttribute : FactAttribute
{
    public const string Variable = "HOTSHELF_ROLL_FROM";

    public RollingUpdateFactAttribute() => Skip = string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)) ? "started by tests/rolling-update.sh COMMIT" : new GatewayFactAttribute().Skip;
}
