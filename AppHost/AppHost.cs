using HotShelf.AppHost;

var builder = DistributedApplication.CreateBuilder(args);

var apiKey = builder.AddParameter("api-key", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true)
    .WithDescription("Callers that write through the API send it in the header `X-Api-Key`. It is generated once and kept in the AppHost's user secrets.", enableMarkdown: true);

var cache = builder.AddRedis("cache")
    .WithRedisSettings("--maxmemory 256mb", "--maxmemory-policy allkeys-lru")
    .WithIconName("Flash")
    .RunAsExecutable();

var postgres = builder.AddPostgres("postgres")
    .WithArgs("-c", "wal_level=logical", "-c", "max_slot_wal_keep_size=1GB")
    .WithIconName("DatabaseStack")
    .RunAsExecutable();
var productdb = postgres.AddDatabase("productdb");
// Published, a volume becomes a share of files that Postgres cannot use, and the container creates the database in place of Aspire.
if (builder.ExecutionContext.IsRunMode)
    postgres.WithDataVolume();
else
    postgres.WithEnvironment("POSTGRES_DB", productdb.Resource.DatabaseName);

var api = builder.AddProject<Projects.ProductApi>("productapi")
    .WithReference(cache).WaitFor(cache)
    .WithReference(productdb).WaitFor(productdb)
    .WithEnvironment("Api__Keys__admin", apiKey)
    .WithReplicas(2)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => (url.DisplayText, url.Url) = ("A product", "/products/42"))
    .WithUrlForEndpoint("http", _ => new() { DisplayText = "API reference", Url = "/" })
    .WithIconName("Box");

cache.WithInvalidationCommands(api, apiKey);

var worker = builder.AddProject<Projects.CacheWorker>("cacheworker")
    .WithHttpEndpoint()
    .WithReference(cache).WaitFor(cache)
    .WithReference(productdb).WaitFor(productdb)
    .WithHttpHealthCheck("/health")
    .WithWarmingCommand()
    .WithIconName("ArrowSync");

// A published system has products of its own.
if (builder.ExecutionContext.IsRunMode)
{
    api.WithEnvironment("Catalog__SampleData", "true");
    worker.WithEnvironment("Catalog__SampleData", "true");
}
else
{
    // Published, the API is behind an ingress of a private network, as in deploy/; were it not believed, all callers would share one rate limit.
    string[] networks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fd00::/8"];
    foreach (var (i, network) in networks.Index())
        api.WithEnvironment($"Api__KnownProxies__{i}", network);
}

var console = builder.AddProject<Projects.CacheConsole>("cacheconsole")
    .WithReference(cache)
    .WithReference(api)
    .WithReference(worker)
    .WithEnvironment("Api__Key", apiKey)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithSignInLink()
    .WithIconName("DataUsage");

builder.AnnounceWhenHealthy(api, console);

builder.Build().Run();
