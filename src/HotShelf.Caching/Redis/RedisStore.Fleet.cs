using HotShelf.Caching.Internal.Fleet;
using HotShelf.Caching.Redis.Fleet;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>Publishes this node's status, and answers questions about its copies.</summary>
internal sealed partial class RedisStore : IFleetStore
{
    private readonly FleetKeys _fleet = new(options.Prefix, options.Version);
    private Action<RedisChannel, RedisValue>? _answer;

    public bool IsConnected => connection.IsConnected;

    public TimeSpan? StreamRoundTrip => coherence.LastRoundTrip;

    public async Task<string?> DeliverAsync(FleetBatch batch)
    {
        var database = await connection.DatabaseAsync().ConfigureAwait(false);
        var hours = batch.Counts.Select(counts => counts.Minute / 60).Distinct().ToList();
        var values = new List<RedisValue>
        {
            batch.Node.Node.Id, batch.Sequence, FleetJson.Write(batch.Node), batch.Leaves ? 0 : (long)options.Fleet.Interval.TotalMilliseconds * 3,
            (long)options.Fleet.Retention.TotalMilliseconds, options.Fleet.Events, (string)_fleet.Notifications!, batch.Changes.Count, batch.Traffic.Count,
        };
        values.AddRange(batch.Changes.Concat(batch.Traffic).Select(item => (RedisValue)FleetJson.Write(item)));
        foreach (var counts in batch.Counts)
            values.AddRange([hours.IndexOf(counts.Minute / 60) + 1, FleetCountsText.Field(counts), FleetCountsText.Write(counts)]);
        try
        {
            await FleetScripts.Deliver.RunAsync(database, [_fleet.Alive, _fleet.Nodes, _fleet.Changes, _fleet.Traffic, .. hours.Select(_fleet.Hour)], [.. values]).ConfigureAwait(false);
            return null;
        }
        catch (RedisServerException exception)
        {
            return exception.Message;
        }
    }

    public async Task AnswerAsync(string node, Func<string, LocalCopy> find)
    {
        var multiplexer = await connection.MultiplexerAsync().ConfigureAwait(false);
        var subscriber = multiplexer.GetSubscriber();
        void Answer(RedisChannel channel, RedisValue question)
        {
            if (HolderMessages.TryReadQuestion(question, out var asker, out var number, out var key))
                subscriber.Publish(_fleet.Answers(asker), HolderMessages.Answer(number, node, find(key)), CommandFlags.FireAndForget);
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

    private void StopAnswering()
    {
        if (_answer is { } answer && connection.Database is { } database)
            database.Multiplexer.GetSubscriber().Unsubscribe(_fleet.Questions, answer, CommandFlags.FireAndForget);
    }
}
