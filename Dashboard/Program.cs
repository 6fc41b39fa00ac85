using HotShelf.Dashboard.Actions;
using HotShelf.Dashboard.Components;
using HotShelf.Dashboard.Hosting;
using HotShelf.Dashboard.Resources;
using HotShelf.Dashboard.Security;
using HotShelf.Dashboard.Telemetry;
using HotShelf.Dashboard.Telemetry.Otlp;
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
    builder.AddRedisClient("cache", configureOptions: static redis => redis.AllowAdmin = true);
    builder.AddHotShelfFleet("cache");
    builder.AddDashboardOptions();
    builder.AddDashboardSecurity();
    builder.AddFleetConsole();
    builder.AddOtlpReceiver();
    builder.AddResources();
    builder.AddDashboardPages();

    var app = builder.Build();

    app.UseOtlpReceiver();
    app.UseSecurityHeaders();
    app.UseSameOrigin();
    app.UseErrorPages();
    app.UseAuthentication();
    app.UseAuthorization();
    app.UseAntiforgery();

    app.MapDefaultEndpoints();
    app.MapStaticAssets().AllowAnonymous();
    app.MapOtlpReceiver();
    app.MapDownloads();
    app.MapSignIn();
    app.MapPages<App>();

    app.Run();
    return Environment.ExitCode;
}
catch (Exception exception) when (StartFailure.From(exception) is { } failure)
{
    return failure.Report();
}
