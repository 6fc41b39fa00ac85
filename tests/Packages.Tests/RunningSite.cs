using System.Text.RegularExpressions;
using HotShelf.TestServers;

namespace HotShelf.Packages.Tests;

/// <summary>A web project that runs, and the client that calls it.</summary>
internal sealed partial class RunningSite : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private RunningSite(ServerProcess process, string address)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = new Uri(address) };
    }

    public HttpClient Client { get; }

    public string Output => _process.Output;

    public static async Task<RunningSite> WhenListeningAsync(ServerProcess process)
    {
        await Until.TrueAsync(() => Address().IsMatch(process.Output) || !process.IsRunning, "the site listens", seconds: 60);
        var address = Address().Match(process.Output);
        Assert.True(address.Success, process.Output);
        return new RunningSite(process, address.Groups[1].Value);
    }

    /// <summary>Stops it as an orchestrator does; it ends by itself, and without an exception.</summary>
    public async Task StopAsync()
    {
        await _process.SignalAsync("TERM");
        await Until.TrueAsync(() => !_process.IsRunning, "the site has stopped", seconds: 30);
        Assert.Contains("Application is shutting down", _process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", _process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", _process.Output, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _process.DisposeAsync();
    }

    [GeneratedRegex("Now listening on: (http://[^\\s]+)")]
    private static partial Regex Address();
}
