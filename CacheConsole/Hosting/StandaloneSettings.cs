namespace HotShelf.CacheConsole.Hosting;

/// <summary>
/// The console runs alone anywhere with two settings: <c>--Redis host:6379,password=…</c> for <c>ConnectionStrings:cache</c>, and
/// <c>--Api http://host:port</c> for the service <c>productapi</c>. Both may come from any source, as every setting.
/// </summary>
internal static class StandaloneSettings
{
    public static void AddStandaloneSettings(this IHostApplicationBuilder builder)
    {
        var aliases = new Dictionary<string, string?>();
        if (builder.Configuration["Redis"] is { Length: > 0 } redis)
            aliases["ConnectionStrings:cache"] = redis;
        if (builder.Configuration["Api"] is { Length: > 0 } api)
            aliases["Services:productapi:http:0"] = api;
        builder.Configuration.AddInMemoryCollection(aliases);
    }
}
