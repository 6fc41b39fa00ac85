using HotShelf.TestServers;

namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>Finds the browser that tests drive.</summary>
internal static class Chromium
{
    /// <summary>The program, or null when none is installed. <c>HOTSHELF_CHROMIUM</c> names another one.</summary>
    public static string? Program { get; } = Environment.GetEnvironmentVariable("HOTSHELF_CHROMIUM") ?? Programs.Find("chromium", "/usr/bin", "/opt/homebrew/bin")
        ?? Programs.Find("chromium-browser", "/usr/bin") ?? Programs.Find("google-chrome", "/usr/bin");

    public static string? Missing => RedisServer.Missing ?? PostgresServer.Missing
        ?? (Program is not null || Programs.IsCI ? null : "chromium is not installed: install the package chromium");

    /// <summary>Nothing of its own goes out to the network, and root may run it.</summary>
    public static string[] Arguments { get; } =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];
}

/// <summary>A fact that needs a browser and both servers; without them it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium.Missing;
}

/// <summary>A theory that needs a browser and both servers; without them it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Chromium.Missing;
}
