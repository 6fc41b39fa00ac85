using HotShelf.ProductApi.Hosting;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.OpenApi;
using HotShelf.ProductApi.Operations;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Products;
using HotShelf.ProductApi.Profiles;
using HotShelf.ProductApi.Security;
using HotShelf.ProductApi.Sessions;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults(defaults => defaults.AuthorizeHealthDetails = http => http.HasScope(Scopes.Admin));
builder.AddRedisClient("cache");
builder.AddNpgsqlDataSource("productdb");

builder.AddStartFailures();
builder.AddTransport();
builder.AddRequestLimits();
builder.AddRateLimits();
builder.AddApiSecurity();
builder.Services.AddCatalog();
builder.Services.AddCatalogStartup();
builder.Services.AddProducts();
builder.Services.AddSessions();
builder.Services.AddApiDocument();
// After those who bring policies of their own: configuration has the last word.
builder.AddHotShelfCaching("cache");

var app = builder.Build();

app.UseTransport();
app.UseSecurityHeaders();
app.UseProblems();
app.UseRateLimiter();
app.UseRequestTimeouts();
app.UseApiSecurity();
app.UseOutputCache();

app.MapDefaultEndpoints();
app.MapApiDocument();
app.MapProducts();
app.MapSessions();
app.MapProfiles();
app.MapOperations();
app.MapBareEndpoint();

return app.RunOrExplain();
