using HotShelf.Dashboard.Actions;
using HotShelf.Dashboard.Components;
using HotShelf.Dashboard.Hosting;
using HotShelf.Dashboard.Security;

var builder = WebApplication.CreateBuilder(args);

builder.AddStandaloneSettings();
builder.AddServiceDefaults();
// INFO and SLOWLOG count as commands of an administrator to the client.
builder.AddRedisClient("cache", configureOptions: static redis => redis.AllowAdmin = true);
builder.AddHotShelfFleet("cache");
builder.AddDashboardOptions();
builder.AddDashboardSecurity();
builder.AddFleetConsole();
builder.AddDashboardPages();

var app = builder.Build();

app.UseSecurityHeaders();
app.UseSameOrigin();
app.UseErrorPages();
app.UseRateLimiter();
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();

app.MapDefaultEndpoints();
app.MapStaticAssets().AllowAnonymous();
app.MapSignIn();
app.MapPages<App>();

app.Run();
