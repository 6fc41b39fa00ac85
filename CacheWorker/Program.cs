using HotShelf.CacheWorker;
using HotShelf.CacheWorker.Sweeping;
using HotShelf.CacheWorker.Warming;
using HotShelf.Caching;
using HotShelf.ServiceDefaults.Health;
using HotShelf.ServiceDefaults.Hosting;

if (args is [HealthProbe.Command, ..])
    return HealthProbe.Run(args);

try
{
    if (args is [Migration.Command, ..])
        return await Migration.RunAsync(args);

    var builder = WebApplication.CreateBuilder(args);

    builder.AddServiceDefaults();
    // Named, because its metrics carry the name: without one that is the connection string.
    builder.AddNpgsqlDataSource("productdb", configureDataSourceBuilder: static postgres => postgres.Name = "productdb");
    builder.AddRedisClient("cache", configureOptions: static redis => redis.ForCaching());
    builder.AddHotShelfCaching("cache", caching => caching.IsFeed = true);
    builder.Services.AddCatalogSetup();
    builder.AddChangeFeed();
    builder.AddWarming();
    builder.AddServerMonitor();
    builder.AddSweeping();

    var app = builder.Build();

    app.MapDefaultEndpoints();
    app.MapWarming();
    app.MapSweeping();

    app.Run();
    return Environment.ExitCode;
}
catch (Exception exception) when (StartFailure.From(exception) is { } failure)
{
    return failure.Report();
}
