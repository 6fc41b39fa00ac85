using HotShelf.AppHost;

var builder = DistributedApplication.CreateBuilder(args);

var apiKey = builder.AddParameter("api-key", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);

var cache = builder.AddRedis("cache")
    .WithArgs(context => context.Args[^1] = $"{context.Args[^1]} --maxmemory 256mb --maxmemory-policy allkeys-lru");

var productdb = builder.AddPostgres("postgres")
    .WithDataVolume()
    .AddDatabase("productdb");

var api = builder.AddProject<Projects.ProductApi>("productapi")
    .WithReference(cache).WaitFor(cache)
    .WithReference(productdb).WaitFor(productdb)
    .WithEnvironment("Api__Keys__admin", apiKey)
    .WithReplicas(2)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithInvalidationCommands(apiKey);

builder.AddProject<Projects.CacheWorker>("cacheworker")
    .WithHttpEndpoint()
    .WithReference(cache).WaitFor(cache)
    .WithReference(productdb).WaitFor(productdb)
    .WithHttpHealthCheck("/health")
    .WithWarmingCommands();

builder.AddProject<Projects.CacheConsole>("cacheconsole")
    .WithReference(cache)
    .WithReference(api)
    .WithEnvironment("Api__Key", apiKey)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints();

builder.Build().Run();
