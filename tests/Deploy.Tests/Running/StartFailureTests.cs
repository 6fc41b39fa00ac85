using System.Net;
using System.Net.Sockets;
using HotShelf.TestServers;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>What keeps a process from starting and is no defect of its own is one message that says what to do, and exit code 1.</summary>
public class StartFailureTests
{
    [Theory]
    [InlineData("ProductApi", "ServiceDefaults:DrainDelay", "-00:00:01")]
    [InlineData("ProductApi", "ServiceDefaults:DrainDelay", "soon")]
    [InlineData("ProductApi", "Caching:RemoteTimeout", "00:02:00")]
    [InlineData("CacheWorker", "ChangeFeed:MaximumKeys", "0")]
    [InlineData("CacheWorker", "ChangeFeed:Heartbeat", "often")]
    [InlineData("CacheWorker", "Caching:Families:product:Jitter", "7")]
    [InlineData("ProductApi", "Api:Keys:write:0", "short")]
    [InlineData("ProductApi", "Api:Keys:root", "a-long-enough-secret-key", "'root' is not a scope")]
    [InlineData("ProductApi", "Api:RequestTimeout", "00:00:00", "Api:RequestTimeout is 00:00:00")]
    [InlineData("ProductApi", "Api:KnownProxies:0", "everybody", "Api:KnownProxies has 'everybody'")]
    [InlineData("ProductApi", "Api:RateLimits:PerKey:PerSecond", "-1", "Api:RateLimits:PerKey:PerSecond is -1")]
    [InlineData("ProductApi", "ConnectionStrings:productdb", "")]
    [InlineData("CacheWorker", "ConnectionStrings:productdb", "")]
    [InlineData("CacheWorker", "ConnectionStrings:productdb", "", null, "migrate")]
    [InlineData("CacheConsole", "ConnectionStrings:cache", "host,such=")]
    [InlineData("CacheConsole", "CacheConsole:Frontend:BrowserToken", "short")]
    public async Task Start_WrongSetting_NamesItsKeyInOneMessage(string program, string key, string value, string? message = null, string? command = null)
    {
        var (code, output) = await RunAsync(program, $"{key.Replace(":", "__", StringComparison.Ordinal)}={value}", command);
        Assert.True(code == "1", output);
        Assert.Contains($"{program} cannot start. ", output, StringComparison.Ordinal);
        Assert.Contains(message ?? key, output, StringComparison.Ordinal);
        Assert.DoesNotContain("a-long-enough-secret-key", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ProductApi")]
    [InlineData("CacheWorker")]
    [InlineData("CacheConsole")]
    public async Task Start_PortIsTaken_SaysSo(string program)
    {
        using var inTheWay = new TcpListener(IPAddress.Loopback, 0);
        inTheWay.Start();
        var (code, output) = await RunAsync(program, $"ASPNETCORE_URLS=http://127.0.0.1:{((IPEndPoint)inTheWay.LocalEndpoint).Port}");
        Assert.True(code == "1", output);
        Assert.Contains($"{program} cannot start. Failed to bind to address http://127.0.0.1:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
    }

    /// <summary>Without servers: nothing gets so far that it would ask for them.</summary>
    private static async Task<(string Code, string Output)> RunAsync(string program, string setting, string? command = null)
    {
        // bin/Debug/net10.0 of this project and of that one.
        var folder = Path.Combine([Repository.Root, program, "bin", .. AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar)[^2..]]);
        await using var process = await ServerProcess.StartAsync("env",
        [
            "ConnectionStrings__cache=127.0.0.1:1,abortConnect=false", "ConnectionStrings__productdb=Host=127.0.0.1;Port=1;Username=nobody;Database=none", "DOTNET_ENVIRONMENT=Production",
            "ServiceDefaults__DrainDelay=00:00:00", "ASPNETCORE_URLS=http://127.0.0.1:0", setting,
            "sh", "-c", "dotnet \"$0\" \"$@\"; echo \"ended with $?\"", Path.Combine(folder, $"{program}.dll"), .. command is null ? Array.Empty<string>() : [command],
        ], workingDirectory: folder);
        await Until.TrueAsync(() => !process.IsRunning && process.Output.Contains("ended with ", StringComparison.Ordinal), () => process.Output, seconds: 90);
        return (process.Output.TrimEnd()[^1..], process.Output);
    }
}
