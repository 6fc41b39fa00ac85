namespace HotShelf.TestServers;

/// <summary>A real primary with a replica, and three Sentinels that watch them and promote the replica within a second or two; gone with the test.</summary>
public sealed class RedisSentinel : IAsyncDisposable
{
    private const string Name = "hotshelf";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redis-sentinel-");
    private readonly List<ServerProcess> _sentinels = [];
    private readonly List<int> _ports = [];
    private readonly List<RedisServer> _servers = [];

    private RedisSentinel()
    {
    }

    /// <summary>What a client connects to: the servers themselves, in no order that matters.</summary>
    public string ConnectionString => string.Join(',', _servers.Select(server => $"127.0.0.1:{server.Port}")) + ",abortConnect=false";

    /// <summary>Returns when the replica has caught up and the Sentinels know of it and of each other.</summary>
    public static async Task<RedisSentinel> StartAsync()
    {
        var sentinel = new RedisSentinel();
        try
        {
            for (var i = 0; i < 2; i++)
                sentinel._servers.Add(await RedisServer.StartAsync("--repl-diskless-sync-delay", "0", "--dir", sentinel._folder.CreateSubdirectory($"{i}").FullName).ConfigureAwait(false));
            await sentinel._servers[1].CommandAsync($"REPLICAOF 127.0.0.1 {sentinel._servers[0].Port}").ConfigureAwait(false);
            await Until.TrueAsync(async () => (await sentinel._servers[1].CommandAsync("INFO replication").ConfigureAwait(false)).Contains("master_link_status:up", StringComparison.Ordinal)).ConfigureAwait(false);
            for (var i = 0; i < 3; i++)
                await sentinel.AddAsync(i).ConfigureAwait(false);
            await Until.TrueAsync(async () =>
            {
                var known = await sentinel.AskAsync($"SENTINEL MASTER {Name}").ConfigureAwait(false);
                return Field(known, "num-slaves") == "1" && Field(known, "num-other-sentinels") == "2";
            }, "the Sentinels know the replica and each other").ConfigureAwait(false);
            return sentinel;
        }
        catch
        {
            await sentinel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The server that is primary now, as the Sentinels see it.</summary>
    public async Task<RedisServer> PrimaryAsync()
    {
        var port = (await AskAsync($"SENTINEL GET-MASTER-ADDR-BY-NAME {Name}").ConfigureAwait(false)).Split("\r\n")[4];
        return _servers.Single(server => $"{server.Port}" == port);
    }

    /// <summary>Has the replica promoted and the primary become one, both running; returns when the Sentinels say so.</summary>
    public async Task<RedisServer> FailOverAsync()
    {
        var before = await PrimaryAsync().ConfigureAwait(false);
        // Refused for a moment after another one.
        await Until.TrueAsync(async () => (await AskAsync($"SENTINEL FAILOVER {Name}").ConfigureAwait(false)).StartsWith("+OK", StringComparison.Ordinal)).ConfigureAwait(false);
        return await PromotedAsync(before).ConfigureAwait(false);
    }

    /// <summary>Returns the new primary when it is no longer <paramref name="before"/>.</summary>
    public async Task<RedisServer> PromotedAsync(RedisServer before)
    {
        await Until.TrueAsync(async () => await PrimaryAsync().ConfigureAwait(false) != before, "the replica is promoted", seconds: 60).ConfigureAwait(false);
        return await PrimaryAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _sentinels)
            await process.DisposeAsync().ConfigureAwait(false);
        foreach (var server in _servers)
            await server.DisposeAsync().ConfigureAwait(false);
        _folder.Delete(recursive: true);
    }

    private async Task AddAsync(int index)
    {
        var port = ServerProcess.FreePort();
        // Sentinel writes what it learns into this file.
        var file = Path.Combine(_folder.FullName, $"sentinel{index}.conf");
        await File.WriteAllLinesAsync(file,
        [
            $"port {port}", "bind 127.0.0.1", $"dir {_folder.FullName}", $"sentinel monitor {Name} 127.0.0.1 {_servers[0].Port} 2",
            $"sentinel down-after-milliseconds {Name} 500", $"sentinel failover-timeout {Name} 4000",
        ]).ConfigureAwait(false);
        _sentinels.Add(await ServerProcess.StartAsync(Programs.RedisServer!, [file, "--sentinel"]).ConfigureAwait(false));
        _ports.Add(port);
        await Until.TrueAsync(async () => (await RedisServer.CommandAsync(port, "PING").ConfigureAwait(false)).StartsWith("+PONG", StringComparison.Ordinal), () => _sentinels[index].Output).ConfigureAwait(false);
    }

    private Task<string> AskAsync(string command) => RedisServer.CommandAsync(_ports[0], command);

    /// <summary>A field of a flat list: <c>$10, num-slaves, $1, 1</c>.</summary>
    private static string? Field(string answer, string name)
    {
        var lines = answer.Split("\r\n");
        var at = Array.IndexOf(lines, name);
        return at < 0 ? null : lines[at + 2];
    }
}
