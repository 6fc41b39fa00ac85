using Microsoft.Extensions.Configuration;

// The smallest application that uses RunAsExecutable(). Tests take the paths of Aspire's orchestrator and dashboard from this project, and run it where
// they need an application in a process of its own.
var builder = DistributedApplication.CreateBuilder(args);

var cache = builder.AddRedis("cache", builder.Configuration.GetValue<int?>("CachePort"))
    .WithArgs("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    .RunAsExecutable();
var postgres = builder.AddPostgres("postgres", port: builder.Configuration.GetValue<int?>("PostgresPort")).RunAsExecutable();
if (builder.Configuration["Volume"] is { } volume)
{
    cache.WithDataVolume($"{volume}-cache");
    postgres.WithDataVolume($"{volume}-postgres");
}

postgres.AddDatabase("productdb");
builder.Build().Run();
