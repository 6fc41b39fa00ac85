using System.Runtime.CompilerServices;
using System.Threading.Channels;
using HotShelf.Caching.Fleet;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis.Fleet;

/// <summary>What happens: two streams, read as one. A message wakes who watches; since messages can be lost, a poll does too.</summary>
internal sealed partial class RedisCacheFleet
{
    private const int Remembered = 200;
    private const int PageSize = 500;

    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(2);

    public async ValueTask<IReadOnlyList<CacheEvent>> GetChangesAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1000);
        return [.. (await AskAsync(database => LatestAsync(database, _fleet.Changes, count), cancellationToken).ConfigureAwait(false)).Select(entry => entry.Event).OfType<CacheEvent>()];
    }

    public async IAsyncEnumerable<CacheEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var told = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Wake(RedisChannel channel, RedisValue message) => told.Writer.TryWrite(true);
        var place = new Place();
        var isSubscribed = false;
        try
        {
            while (true)
            {
                // Subscribed before it reads: what comes in between wakes it again.
                isSubscribed = isSubscribed || await TrySubscribeAsync(_fleet.Told, Wake, cancellationToken).ConfigureAwait(false);
                foreach (var happened in await TryReadAsync(place, cancellationToken).ConfigureAwait(false))
                    yield return happened;

                await WaitAsync(told.Reader, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (isSubscribed)
                await UnsubscribeAsync(_fleet.Told, Wake).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(ChannelReader<bool> told, CancellationToken cancellationToken)
    {
        try
        {
            await told.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(s_poll, time, cancellationToken).ConfigureAwait(false);
            told.TryRead(out _);
        }
        catch (TimeoutException)
        {
            // The poll.
        }
    }

    /// <summary>What came since the last time, at first the latest; nothing while Redis cannot be asked, for it will be asked again.</summary>
    private async ValueTask<IEnumerable<CacheEvent>> TryReadAsync(Place place, CancellationToken cancellationToken)
    {
        try
        {
            var isFirst = place.Changes is null;
            var parts = await AskAsync(
                database => Task.WhenAll(
                    isFirst ? LatestAsync(database, _fleet.Changes, Remembered) : NextAsync(database, _fleet.Changes, place.Changes!.Value),
                    isFirst ? LatestAsync(database, _fleet.Traffic, Remembered) : NextAsync(database, _fleet.Traffic, place.Traffic)),
                cancellationToken).ConfigureAwait(false);
            (place.Changes, place.Traffic) = (Latest(parts[0], place.Changes ?? default), Latest(parts[1], place.Traffic));
            var events = parts.SelectMany(part => part).OrderBy(entry => entry.Id).Select(entry => entry.Event).OfType<CacheEvent>();
            return isFirst ? events.TakeLast(Remembered) : events;
        }
        catch (FleetUnavailableException)
        {
            return [];
        }
    }

    private static StreamId Latest(List<Entry> entries, StreamId before) => entries.Count == 0 ? before : entries.Max(entry => entry.Id);

    private static async Task<List<Entry>> LatestAsync(IDatabase database, RedisKey stream, int count) =>
        Entries(stream, await database.ExecuteAsync("XREVRANGE", stream, "+", "-", "COUNT", count).ConfigureAwait(false));

    private static async Task<List<Entry>> NextAsync(IDatabase database, RedisKey stream, StreamId after)
    {
        var all = new List<Entry>();
        while (true)
        {
            var page = Entries(stream, await database.ExecuteAsync("XRANGE", stream, after.Next.ToString(), "+", "COUNT", PageSize).ConfigureAwait(false));
            all.AddRange(page);
            if (page.Count < PageSize)
                return all;
            after = page[^1].Id;
        }
    }

    private static List<Entry> Entries(RedisKey stream, RedisResult result)
    {
        var entries = new List<Entry>();
        foreach (var entry in (RedisResult[]?)result ?? [])
        {
            var parts = (RedisResult[])entry!;
            var fields = (string?[]?)parts[1] ?? [];
            if (StreamId.TryParse((string?)parts[0], out var id) && fields.Length >= 2)
                entries.Add(new Entry(id, Read(stream, id, fields[0]!, fields[1]!)));
        }

        return entries;
    }

    /// <summary>An event, as a node wrote it or of a node that died; null for what this version does not understand.</summary>
    private static CacheEvent? Read(RedisKey stream, StreamId id, string field, string text)
    {
        // Entries of two streams may have one id.
        var name = $"{id}{((string)stream!)[^1]}";
        if (field == "e")
            return FleetJson.TryReadEvent(text, out var told) ? told with { Id = name } : null;
        if (field != "lost" || !FleetJson.TryReadNode(text, out var document))
            return null;
        var node = document.Node;
        return new CacheEvent
        {
            Id = name,
            At = DateTimeOffset.FromUnixTimeMilliseconds(id.Milliseconds),
            Kind = CacheEventKind.NodeLost,
            NodeId = node.Id,
            Application = node.Application,
            Process = $"{node.Machine}/{node.ProcessId}",
            State = node.AssemblyVersion,
            CacheVersion = node.CacheVersion,
        };
    }

    private async ValueTask<bool> TrySubscribeAsync(RedisChannel channel, Action<RedisChannel, RedisValue> hear, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(
                async database =>
                {
                    await database.Multiplexer.GetSubscriber().SubscribeAsync(channel, hear).ConfigureAwait(false);
                    return true;
                }, cancellationToken).ConfigureAwait(false);
        }
        catch (FleetUnavailableException)
        {
            return false;
        }
    }

    private async ValueTask UnsubscribeAsync(RedisChannel channel, Action<RedisChannel, RedisValue> hear)
    {
        if (connection.Database is { } database)
            await database.Multiplexer.GetSubscriber().UnsubscribeAsync(channel, hear, CommandFlags.FireAndForget).ConfigureAwait(false);
    }

    private readonly record struct Entry(StreamId Id, CacheEvent? Event);

    /// <summary>How far one watcher has read.</summary>
    private sealed class Place
    {
        public StreamId? Changes { get; set; }

        public StreamId Traffic { get; set; }
    }
}
