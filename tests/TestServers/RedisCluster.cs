using System.Globalization;

namespace HotShelf.TestServers;

/// <summary>A real Redis Cluster of local processes, without persistence, gone with the test. Its first nodes are primaries that share the slots evenly.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int SlotCount = 16384;
    private readonly List<RedisServer> _nodes = [];
    private readonly List<int> _busPorts = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redis-cluster-");

    private RedisCluster()
    {
    }

    /// <summary>All nodes: the primaries, then those that were added.</summary>
    public IReadOnlyList<RedisServer> Nodes => _nodes;

    /// <summary>What StackExchange.Redis connects to.</summary>
    public string ConnectionString => string.Join(',', _nodes.Select(node => $"127.0.0.1:{node.Port}")) + ",abortConnect=false";

    /// <summary>Starts the nodes and returns when each of them sees the whole cluster.</summary>
    public static async Task<RedisCluster> StartAsync(int primaries = 3, params string[] settings)
    {
        var cluster = new RedisCluster();
        try
        {
            for (var index = 0; index < primaries; index++)
            {
                var node = await cluster.AddNodeAsync(settings).ConfigureAwait(false);
                await RequireAsync(node, $"CLUSTER ADDSLOTSRANGE {SlotCount * index / primaries} {(SlotCount * (index + 1) / primaries) - 1}").ConfigureAwait(false);
            }

            await cluster.UntilAllAgreeAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts one more node, which joins as a primary without slots.</summary>
    public async Task<RedisServer> AddNodeAsync(params string[] settings)
    {
        var folder = _folder.CreateSubdirectory($"{_nodes.Count}");
        // The bus has a port of its own, since the usual one, 10,000 above, may be taken or beyond the last port.
        var busPort = ServerProcess.FreePort();
        var node = await RedisServer.StartAsync(
            ["--cluster-enabled", "yes", "--cluster-port", $"{busPort}", "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay", "0", "--dir", folder.FullName, .. settings]).ConfigureAwait(false);
        _nodes.Add(node);
        _busPorts.Add(busPort);
        await RequireAsync(node, $"CLUSTER SET-CONFIG-EPOCH {_nodes.Count}").ConfigureAwait(false);
        if (_nodes.Count > 1)
            await RequireAsync(node, $"CLUSTER MEET 127.0.0.1 {_nodes[0].Port} {_busPorts[0]}").ConfigureAwait(false);
        return node;
    }

    /// <summary>Starts a node that copies <paramref name="primary"/>, and returns when it has caught up.</summary>
    public async Task<RedisServer> AddReplicaAsync(RedisServer primary)
    {
        var node = await AddNodeAsync().ConfigureAwait(false);
        await UntilAllAgreeAsync().ConfigureAwait(false);
        await RequireAsync(node, $"CLUSTER REPLICATE {await IdAsync(primary).ConfigureAwait(false)}").ConfigureAwait(false);
        await UntilAsync(async () => (await node.CommandAsync("INFO replication").ConfigureAwait(false)).Contains("master_link_status:up", StringComparison.Ordinal)
            && (await primary.CommandAsync("CLUSTER NODES").ConfigureAwait(false)).Contains("slave", StringComparison.Ordinal)).ConfigureAwait(false);
        return node;
    }

    /// <summary>Returns when every node knows every other and the cluster takes commands.</summary>
    public Task UntilAllAgreeAsync() => UntilAsync(async () =>
    {
        foreach (var node in _nodes)
        {
            var info = await node.CommandAsync("CLUSTER INFO").ConfigureAwait(false);
            if (!info.Contains("cluster_state:ok", StringComparison.Ordinal) || !info.Contains($"cluster_known_nodes:{_nodes.Count}\r", StringComparison.Ordinal))
                return false;
        }

        return true;
    });

    /// <summary>The slot of a key.</summary>
    public async Task<int> SlotAsync(string key) =>
        int.Parse((await _nodes[0].CommandAsync($"CLUSTER KEYSLOT {key}").ConfigureAwait(false)).Trim(':', '\r', '\n'), CultureInfo.InvariantCulture);

    /// <summary>The node that owns a key's slot now.</summary>
    public async Task<RedisServer> OwnerAsync(string key)
    {
        foreach (var node in _nodes)
        {
            // Any command on the key tells: the owner answers, every other node says MOVED.
            if (!(await node.CommandAsync($"EXISTS {key}").ConfigureAwait(false)).StartsWith('-'))
                return node;
        }

        throw new InvalidOperationException($"no node owns the slot of {key}");
    }

    /// <summary>Moves one slot with its keys, as <c>redis-cli --cluster reshard</c> does.</summary>
    public async Task MoveSlotAsync(int slot, RedisServer from, RedisServer to)
    {
        var fromId = await IdAsync(from).ConfigureAwait(false);
        var toId = await IdAsync(to).ConfigureAwait(false);
        await RequireAsync(to, $"CLUSTER SETSLOT {slot} IMPORTING {fromId}").ConfigureAwait(false);
        await RequireAsync(from, $"CLUSTER SETSLOT {slot} MIGRATING {toId}").ConfigureAwait(false);
        while (true)
        {
            // *n $len key $len key ...
            var keys = (await from.CommandAsync($"CLUSTER GETKEYSINSLOT {slot} 100").ConfigureAwait(false)).Split("\r\n").Skip(2).Where((_, index) => index % 2 == 0).ToList();
            if (keys.Count == 0 || keys is [""])
                break;
            foreach (var key in keys)
                await RequireAsync(from, $"MIGRATE 127.0.0.1 {to.Port} {key} 0 5000").ConfigureAwait(false);
        }

        foreach (var node in _nodes.OrderBy(node => node == to ? 0 : 1))
            await node.CommandAsync($"CLUSTER SETSLOT {slot} NODE {toId}").ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync().ConfigureAwait(false);
        _folder.Delete(recursive: true);
    }

    private static async Task<string> IdAsync(RedisServer node) =>
        (await node.CommandAsync("CLUSTER MYID").ConfigureAwait(false)).Split("\r\n")[1];

    private static async Task RequireAsync(RedisServer node, string command)
    {
        var answer = await node.CommandAsync(command).ConfigureAwait(false);
        // NOKEY: a key that was to move expired or was deleted in between.
        if (!answer.StartsWith("+OK", StringComparison.Ordinal) && !answer.StartsWith("+NOKEY", StringComparison.Ordinal))
            throw new InvalidOperationException($"{command}: {answer}");
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition().ConfigureAwait(false))
            await Task.Delay(20, limit.Token).ConfigureAwait(false);
    }
}
