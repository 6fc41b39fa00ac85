using HotShelf.CacheWorker;
using HotShelf.CacheWorker.Audit;
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

    // The worker waits for the database by itself; what it tells of the cache is needed just then.
    builder.AddServiceDefaults(static defaults => defaults.DegradedChecks.Add("PostgreSql*"));
    builder.AddCheckedNpgsqlDataSource("productdb");
    // The client counts INFO as a command of an administrator.
    builder.AddCheckedRedisClient("cache", static redis => redis.ForCaching().AllowAdmin = true);
    builder.AddHotShelfCaching("cache", caching => caching.IsFeed = true);
    builder.AddHotShelfFleet();
    builder.Services.AddCatalogSetup();
    builder.AddChangeFeed();
    builder.AddWarming();
    builder.AddServerMonitor();
    builder.AddAudit();

    var app = builder.Build();

    app.MapDefaultEndpoints();
    app.MapWarming();
    app.MapAudit();
    app.MapNode();
    app.MapChangeFeed();

    return app.RunToExitCode();
}
catch (Exception exception) when (StartFailure.From(exception) is { } failure)
{
    return failure.Report();
}
