using HotShelf.CacheWorker;
using HotShelf.CacheWorker.Sweeping;
using HotShelf.CacheWorker.Warming;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("productdb");
builder.AddRedisClient("cache");
builder.AddHotShelfCaching("cache");
builder.Services.AddCatalogSetup();
builder.AddChangeFeed();
builder.AddWarming();
builder.AddSweeping();

var app = builder.Build();

app.MapDefaultEndpoints();
app.MapWarming();
app.MapSweeping();

app.Run();
