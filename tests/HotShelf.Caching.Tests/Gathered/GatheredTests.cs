using System.Globalization;
using System.Text.RegularExpressions;
using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Gathered;

/// <summary>A Redis of the test's own, whose commands can be counted.</summary>
public abstract class GatheredTests : IAsyncLifetime
{
    private RedisServer? _redis;
    private ConnectionMultiplexer? _client;

    protected RedisServer Redis => _redis!;

    private protected ConnectionMultiplexer Client => _client!;

    private protected IDatabase Database => Client.GetDatabase();

    public virtual async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null)
            return;
        _redis = await RedisServer.StartAsync();
        _client = await ConnectionMultiplexer.ConnectAsync(Redis.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        if (_redis is null)
            return;
        await Client.CloseAsync();
        await Redis.DisposeAsync();
    }

    protected Task ForgetCallsAsync() => Redis.CommandAsync("CONFIG RESETSTAT");

    /// <summary>How often Redis ran a command since <see cref="ForgetCallsAsync"/>.</summary>
    protected async Task<int> CallsAsync(string command) =>
        Regex.Match(await Redis.CommandAsync("INFO commandstats"), $@"cmdstat_{command}:calls=(\d+)") is { Success: true } calls ? int.Parse(calls.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
}
