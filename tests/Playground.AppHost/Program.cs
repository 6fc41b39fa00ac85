// The smallest application that uses RunAsExecutable(). Tests take the paths of Aspire's orchestrator and dashboard from this project, and run it where
// they need an application in a process of its own.
var builder = DistributedApplication.CreateBuilder(args);

var cache = builder.AddRedis("cache")
    .WithArgs("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    .RunAsExecutable();
var postgres = builder.AddPostgres("postgres").RunAsExecutable();
if (builder.Configuration["Volume"] is { } volume)
{
    cache.WithDataVolume($"{volume}-cache");
    postgres.WithDataVolume($"{volume}-postgres");
}

postgres.AddDatabase("productdb");
builder.Build().Run();
