using System.Net;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.Caching.Fleet;

/// <summary>Writes what this node publishes, and answers questions about its copies. Over the cache's connection.</summary>
internal sealed class FleetStore(CacheStorage storage, IOptions<HotShelfCachingOptions> caching, IOptions<FleetOptions> options)
{
    private readonly FleetKeys _fleet = new(caching.Value.Prefix, caching.Value.Version);
    private Action<RedisChannel, RedisValue>? _answer;

    /// <summary>False while Redis is not connected, and without Redis.</summary>
    public bool IsConnected => storage.IsConnected;

    /// <summary>Sends a batch in one round trip. A batch that was stored before, and whose answer was lost, is not counted twice.</summary>
    /// <returns>Null when stored; the server's error text when it refuses.</returns>
    public async Task<string?> DeliverAsync(FleetBatch batch)
    {
        var database = await storage.ConnectAsync().ConfigureAwait(false);
        var fleet = options.Value;
        var hours = batch.Counts.Select(counts => counts.Minute / 60).Distinct().ToList();
        var values = new List<RedisValue>
        {
            batch.Node.Node.Id, batch.Sequence, FleetJson.Write(batch.Node), batch.Leaves ? 0 : (long)fleet.Interval.TotalMilliseconds * 3,
            (long)fleet.Retention.TotalMilliseconds, fleet.Events, (string)_fleet.Notifications!, batch.Changes.Count, batch.Traffic.Count,
        };
        values.AddRange(batch.Changes.Concat(batch.Traffic).Select(item => (RedisValue)FleetJson.Write(item)));
        foreach (var counts in batch.Counts)
            values.AddRange([hours.IndexOf(counts.Minute / 60) + 1, FleetCountsText.Field(counts), FleetCountsText.Write(counts)]);
        try
        {
            await database.ScriptEvaluateAsync(FleetScripts.Deliver, [_fleet.Alive, _fleet.Nodes, _fleet.Changes, _fleet.Traffic, _fleet.Sequence(batch.Node.Node.Id), .. hours.Select(_fleet.Hour)], [.. values]).ConfigureAwait(false);
            return null;
        }
        catch (RedisServerException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>The address of this machine on the way to Redis, where consoles are too; null when Redis is on this machine.</summary>
    public async Task<IPAddress?> FindLocalAddressAsync()
    {
        var multiplexer = (await storage.ConnectAsync().ConfigureAwait(false)).Multiplexer;
        return Array.Find(multiplexer.GetEndPoints(), endPoint => multiplexer.GetServer(endPoint).IsConnected) is { } connected ? await FleetAddress.TowardsAsync(connected).ConfigureAwait(false) : null;
    }

    /// <summary>Starts to answer requests for the nodes that hold a copy of a key. Call once when connected, and again if it failed.</summary>
    /// <param name="node">This process' id in the answers.</param>
    /// <param name="find">Looks up L1; called on the connection's threads.</param>
    public async Task AnswerAsync(string node, Func<string, LocalCopy?> find)
    {
        var subscriber = (await storage.ConnectAsync().ConfigureAwait(false)).Multiplexer.GetSubscriber();
        void Answer(RedisChannel channel, RedisValue question)
        {
            if (HolderMessages.TryReadQuestion(question, out var asker, out var number, out var key))
                subscriber.Publish(_fleet.Answers(asker), HolderMessages.Answer(number, node, CopyAnswer.Of(find(key))), CommandFlags.FireAndForget);
        }

        try
        {
            await subscriber.SubscribeAsync(_fleet.Questions, Answer).ConfigureAwait(false);
            _answer = Answer;
        }
        catch (RedisServerException)
        {
            // The user may not use the channel. Retrying would not help; consoles show no copies of this node.
        }
    }

    public async Task StopAnsweringAsync()
    {
        if (_answer is { } answer)
            await (await storage.ConnectAsync().ConfigureAwait(false)).Multiplexer.GetSubscriber().UnsubscribeAsync(_fleet.Questions, answer, CommandFlags.FireAndForget).ConfigureAwait(false);
    }

    /// <summary>Adds to the ranking in one pipeline: not all reads at once, so that others on the same connection are not delayed.</summary>
    public async Task AddReadsAsync(IReadOnlyCollection<KeyValuePair<string, long>> reads)
    {
        var database = await storage.ConnectAsync().ConfigureAwait(false);
        RedisKey ranking = CachePopularity.RankingKey(caching.Value.Prefix);
        await Task.WhenAll(reads.Select(item => database.SortedSetIncrementAsync(ranking, item.Key, item.Value))).ConfigureAwait(false);
    }

    /// <summary>Trims the ranking to <see cref="FleetOptions.PopularityLimit"/> keys.</summary>
    public async Task TrimReadsAsync()
    {
        var database = await storage.ConnectAsync().ConfigureAwait(false);
        await database.SortedSetRemoveRangeByRankAsync(CachePopularity.RankingKey(caching.Value.Prefix), 0, -1 - options.Value.PopularityLimit).ConfigureAwait(false);
    }
}
