using HotShelf.CacheConsole.Resources;

namespace HotShelf.CacheConsole.Tests.Resources;

/// <summary>What the local engine tells when it runs HotShelf.</summary>
internal static class FakeResources
{
    private static readonly DateTimeOffset s_started = DateTimeOffset.UnixEpoch.AddYears(56);

    private static readonly ResourceCommand[] s_commands =
    [
        new("resource-start", "Start", IsEnabled: false, null, null, "Play", IsHighlighted: true),
        new("resource-stop", "Stop", IsEnabled: true, null, null, "Stop", IsHighlighted: true),
        new("resource-restart", "Restart", IsEnabled: true, null, null, "ArrowCounterclockwise", IsHighlighted: false),
    ];

    public static void AddTo(FakeEngine engine)
    {
        engine.Set(Process("cache", "Container", "ijklmnop"));
        engine.Set(Process("postgres", "Container", "qrstuvwx"));
        engine.Set(new ResourceInstance { Id = "productdb", Resource = "productdb", Type = "PostgresDatabase", Parent = "postgres", State = "Running", Health = "Healthy", IsReady = true });
        engine.Set(Process("cacheworker", "Project", "abcdefgh"));
        foreach (var suffix in (string[])["abcdefgh", "hgfedcba"])
        {
            engine.Set(Process("productapi", "Project", suffix) with
            {
                Environment = [new("CACHE_HOST", "localhost", IsSecret: false), new("CACHE_PASSWORD", null, IsSecret: true)],
                Relationships = [new("cache", "Reference"), new("cache", "WaitFor")],
                Commands = [.. s_commands, new("invalidate-price", "Invalidate prices", IsEnabled: true, "Hides all cached prices.", "All of them?", "Broom", IsHighlighted: false)],
            });
        }

        engine.Set(new ResourceInstance { Id = "api-key", Resource = "api-key", Type = "Parameter", State = "Running", Properties = [new("Value", null, IsSecret: true)] });
        for (var i = 1; i <= 40; i++)
            engine.Write("productapi", new FeedLine(i, $"\u001b[32minfo\u001b[0m request {i} answered", IsError: false, s_started.AddSeconds(i), i % 2 == 0 ? "productapi-abcdefgh" : "productapi-hgfedcba"));
        engine.Write("cache", new FeedLine(1, "Ready to accept connections", IsError: false, s_started, "cache-ijklmnop"));
        engine.Write("cache", new FeedLine(2, "Out of something", IsError: true, s_started.AddSeconds(1), "cache-ijklmnop"));
    }

    private static ResourceInstance Process(string name, string type, string suffix) => new()
    {
        Id = $"{name}-{suffix}",
        Resource = name,
        Type = type,
        State = "Running",
        Health = "Healthy",
        IsReady = true,
        Started = s_started,
        HealthReports = [new($"{name}_check", "Healthy", "It answers", s_started)],
        Urls = [new("http", $"http://localhost/{name}", null, IsInternal: false)],
        Properties = [new("executable.pid", "4711", IsSecret: false)],
        Commands = s_commands,
    };
}
