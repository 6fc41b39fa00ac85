using HotShelf.CacheConsole.Components;
using HotShelf.CacheConsole.Hosting;
using HotShelf.CacheConsole.Mcp;
using HotShelf.CacheConsole.Security;
using HotShelf.ServiceDefaults.Health;
using HotShelf.ServiceDefaults.Hosting;

if (args is [HealthProbe.Command, ..])
    return HealthProbe.Run(args);

try
{
    var builder = WebApplication.CreateBuilder(args);

    builder.AddStandaloneSettings();
    builder.AddServiceDefaults();
    // INFO and SLOWLOG count as commands of an administrator to the client.
    builder.AddCheckedRedisClient("cache", static redis => redis.AllowAdmin = true);
    builder.AddHotShelfFleetReader("cache");
    builder.AddCacheConsoleOptions();
    builder.AddCacheConsoleSecurity();
    builder.AddFleetConsole();
    builder.AddCacheConsolePages();
    builder.AddMcp();

    var app = builder.Build();

    app.UseSecurityHeaders();
    app.UseSameOrigin();
    app.UseErrorPages();
    app.UseAuthentication();
    app.UseAuthorization();
    app.UseAntiforgery();
    app.UseStaleForms();

    app.MapDefaultEndpoints();
    app.MapStaticAssets().AllowAnonymous();
    app.MapSignIn();
    app.MapPages<App>();
    app.MapMcp();

    return app.RunToExitCode();
}
catch (Exception exception) when (StartFailure.From(exception) is { } failure)
{
    return failure.Report();
}
