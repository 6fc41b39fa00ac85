using HotShelf.Caching;
using HotShelf.ProductApi.Hosting;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.OpenApi;
using HotShelf.ProductApi.Operations;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Products;
using HotShelf.ProductApi.Profiles;
using HotShelf.ProductApi.Security;
using HotShelf.ProductApi.Sessions;
using HotShelf.ServiceDefaults.Health;
using HotShelf.ServiceDefaults.Hosting;

if (args is [HealthProbe.Command, ..])
    return HealthProbe.Run(args);

try
{
    var builder = WebApplication.CreateBuilder(args);

    builder.AddServiceDefaults(defaults =>
    {
        defaults.AuthorizeHealthDetails = http => http.HasScope(Scopes.Admin);
        defaults.CacheResult = CacheResults.Of;
        // Cached and stale answers go on without the database; taking the process out of service would take them away too.
        defaults.DegradedChecks.Add("PostgreSql*");
    });
    builder.AddCheckedRedisClient("cache", static redis => redis.ForCaching());
    builder.AddCheckedNpgsqlDataSource("productdb");

    builder.AddTransport();
    builder.AddCompressedDocuments();
    builder.AddRequestLimits();
    builder.AddRateLimits();
    builder.AddApiSecurity();
    builder.Services.AddCatalogSetup();
    builder.Services.AddProducts();
    builder.AddSessions();
    builder.Services.AddApiDocument();
    // After those who bring policies of their own: configuration has the last word.
    builder.AddHotShelfCaching("cache");
    builder.Services.AddHealthChecks().AddCheck<CacheHealthCheck>("cache");
    builder.AddHotShelfFleet();

    var app = builder.Build();

    app.UseTransport();
    app.UseSecurityHeaders();
    app.UseCompressedDocuments();
    app.UseProblems();
    app.UseRateLimiter();
    app.UseRequestTimeouts();
    app.UseApiSecurity();
    app.UseOutputCache();

    app.MapDefaultEndpoints();
    var api = app.MapWithHead();
    api.MapApiDocument();
    api.MapProducts();
    api.MapSessions();
    api.MapProfiles();
    api.MapOperations();
    api.MapNode();
    app.MapApiReference();
    app.MapBareEndpoint();

    return app.RunToExitCode();
}
catch (Exception exception) when (StartFailure.From(exception) is { } failure)
{
    return failure.Report();
}
