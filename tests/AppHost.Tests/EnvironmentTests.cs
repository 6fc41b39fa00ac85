using System.Net.Http.Json;
using Aspire.Hosting.Testing;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

public class EnvironmentTests(SampleApplication sample) : IClassFixture<SampleApplication>
{
    [ServersFact]
    public async Task Environment_OfReplica_IsWhatAspireInjects()
    {
        var given = await ReadAsync("productapi");
        var redis = new Uri(given["CACHE_URI"]);
        var password = given["CACHE_PASSWORD"];
        var database = sample.Application.GetEndpoint("postgres");
        var databasePassword = given["PRODUCTDB_PASSWORD"];
        Dictionary<string, string> expected = new()
        {
            ["ConnectionStrings__cache"] = $"localhost:{redis.Port},password={password}",
            ["CACHE_HOST"] = "localhost",
            ["CACHE_PORT"] = $"{redis.Port}",
            ["CACHE_URI"] = $"redis://:{password}@localhost:{redis.Port}",
            ["ConnectionStrings__productdb"] = $"Host=localhost;Port={database.Port};Username=postgres;Password={databasePassword};Database=productdb",
            ["PRODUCTDB_HOST"] = "localhost",
            ["PRODUCTDB_PORT"] = $"{database.Port}",
            ["PRODUCTDB_USERNAME"] = "postgres",
            ["PRODUCTDB_URI"] = $"postgresql://postgres:{Uri.EscapeDataString(databasePassword)}@localhost:{database.Port}/productdb",
            ["PRODUCTDB_JDBCCONNECTIONSTRING"] = $"jdbc:postgresql://localhost:{database.Port}/productdb",
            ["PRODUCTDB_DATABASENAME"] = "productdb",
            ["OTEL_SERVICE_NAME"] = "productapi",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "1000",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "1000",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
            ["OTEL_TRACES_SAMPLER"] = "always_on",
            ["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based",
            ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true",
            ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory",
            ["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true",
            ["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "true",
            ["DOTNET_LAUNCH_PROFILE"] = "http",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["SAMPLE_PROFILE"] = "http",
            ["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true",
            ["LOGGING__CONSOLE__FORMATTERNAME"] = "simple",
        };
        Assert.Equal(expected, given.Where(v => expected.ContainsKey(v.Key)).ToDictionary());
        Assert.Matches("^[A-Za-z0-9]{22}$", password);
        Assert.Equal(22, databasePassword.Length);
        Assert.Matches("^[A-Za-z0-9]{32}$", given["Api__Key"]);
        Assert.Matches("^service.instance.id=[a-z]{8}$", given["OTEL_RESOURCE_ATTRIBUTES"]);
        Assert.Matches(@"^http://localhost:\d+$", given["ASPNETCORE_URLS"]);
        Assert.NotEqual(sample.Application.GetEndpoint("productapi"), new Uri(given["ASPNETCORE_URLS"]));
        Assert.DoesNotContain("ASPNETCORE_HTTPS_PORT", given.Keys);
    }

    [ServersFact]
    public async Task Environment_OfConsumer_FindsTheService()
    {
        var given = await ReadAsync("worker");
        var url = sample.Application.GetEndpoint("productapi").ToString().TrimEnd('/');
        Assert.Equal(url, given["services__productapi__http__0"]);
        Assert.Equal(url, given["PRODUCTAPI_HTTP"]);
        Assert.DoesNotContain("DOTNET_LAUNCH_PROFILE", given.Keys);
        Assert.DoesNotContain("ASPNETCORE_ENVIRONMENT", given.Keys);
        Assert.DoesNotContain("DOTNET_ENVIRONMENT", given.Keys);
    }

    [ServersFact]
    public async Task WorkingDirectory_OfReplica_IsItsProject()
    {
        using var client = sample.Application.CreateHttpClient("productapi");
        Assert.EndsWith("/Sample.Service", await client.GetStringAsync(new Uri("/directory", UriKind.Relative)), StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task GetConnectionString_OfServers_IsWhatResourcesGet()
    {
        var given = await ReadAsync("productapi");
        Assert.Equal(given["ConnectionStrings__cache"], await sample.Application.GetConnectionStringAsync("cache"));
        Assert.Equal(given["ConnectionStrings__productdb"], await sample.Application.GetConnectionStringAsync("productdb"));
    }

    [ServersFact]
    public async Task Redis_CommandLineOfWithArgs_IsObeyedAndHidesThePassword()
    {
        var connection = (await sample.Application.GetConnectionStringAsync("cache"))!;
        var password = connection[(connection.IndexOf("password=", StringComparison.Ordinal) + 9)..];
        var answer = await RawRedis.AskAsync(sample.Application.GetEndpoint("cache").Port, $"AUTH {password}\r\nCONFIG GET maxmemory*\r\n", "allkeys-lru");
        Assert.Contains("67108864", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])).Select(ProcessTree.CommandOf),
            command => command.Contains(password, StringComparison.Ordinal));
    }

    private async Task<Dictionary<string, string>> ReadAsync(string resource)
    {
        using var client = sample.Application.CreateHttpClient(resource);
        return (await client.GetFromJsonAsync<Dictionary<string, string>>("/environment"))!;
    }
}
