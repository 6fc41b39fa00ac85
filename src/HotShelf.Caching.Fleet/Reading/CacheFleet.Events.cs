using System.Runtime.CompilerServices;
using System.Threading.Channels;
using StackExchange.Redis;

namespace HotShelf.Caching.Fleet;

/// <summary>Reads events from two streams in order. Messages announce new events; because messages may be lost, the streams are also polled.</summary>
internal sealed partial class CacheFleet
{
    private const int Remembered = 200;
    private const int PageSize = 500;

    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(2);

    public async ValueTask<IReadOnlyList<CacheEvent>> GetChangesAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1000);
        return [.. (await QueryAsync(database => LatestAsync(database, _fleet.Changes, count), cancellationToken).ConfigureAwait(false)).Select(entry => entry.Event).OfType<CacheEvent>()];
    }

    public async IAsyncEnumerable<CacheEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var told = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Wake(RedisChannel channel, RedisValue message) => told.Writer.TryWrite(true);
        var place = new Place();
        var isSubscribed = false;
        Task? waiting = null;
        try
        {
            while (true)
            {
                // Subscribe before reading, so that an event in between causes another read.
                isSubscribed = isSubscribed || await TrySubscribeAsync(_fleet.Notifications, Wake, cancellationToken).ConfigureAwait(false);
                foreach (var happened in await TryReadAsync(place, cancellationToken).ConfigureAwait(false))
                    yield return happened;

                // Kept over the polls: the channel would keep every one that is given up.
                waiting ??= told.Reader.WaitToReadAsync(cancellationToken).AsTask();
                if (!await EndsBeforePollAsync(waiting, cancellationToken).ConfigureAwait(false))
                    continue;
                waiting = null;
                told.Reader.TryRead(out _);
            }
        }
        finally
        {
            if (isSubscribed)
                await UnsubscribeAsync(_fleet.Notifications, Wake).ConfigureAwait(false);
        }
    }

    private async Task<bool> EndsBeforePollAsync(Task waiting, CancellationToken cancellationToken)
    {
        try
        {
            await waiting.WaitAsync(s_poll, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Reads the events since the last read, at first the latest. Returns nothing while Redis is not reachable; the caller reads again.</summary>
    private async ValueTask<IEnumerable<CacheEvent>> TryReadAsync(Place place, CancellationToken cancellationToken)
    {
        try
        {
            var isFirst = place.Changes is null;
            var parts = await QueryAsync(
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

    /// <summary>Parses an event of a node, or the document of a dead node; null when this version does not understand it.</summary>
    private static CacheEvent? Read(RedisKey stream, StreamId id, string field, string text)
    {
        // Entries of two streams may have the same id.
        var name = $"{id}{((string)stream!)[^1]}";
        var storedAt = DateTimeOffset.FromUnixTimeMilliseconds(id.Milliseconds);
        if (field == "e")
            return FleetJson.TryReadEvent(text, out var told) ? told with { Id = name, StoredAt = storedAt } : null;
        if (field != "lost" || !FleetJson.TryReadNode(text, out var document))
            return null;
        var node = document.Node;
        return new CacheEvent
        {
            Id = name,
            At = storedAt,
            StoredAt = storedAt,
            Kind = CacheEventKind.NodeLost,
            NodeId = node.Id,
            Application = node.Application,
            Process = node.Instance ?? $"{node.Machine}/{node.ProcessId}",
            State = node.AssemblyVersion,
            CacheVersion = node.CacheVersion,
        };
    }

    private async ValueTask<bool> TrySubscribeAsync(RedisChannel channel, Action<RedisChannel, RedisValue> hear, CancellationToken cancellationToken)
    {
        try
        {
            return await QueryAsync(
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
        // Subscribed, so connected.
        var database = await storage.ConnectAsync().ConfigureAwait(false);
        await database.Multiplexer.GetSubscriber().UnsubscribeAsync(channel, hear, CommandFlags.FireAndForget).ConfigureAwait(false);
    }

    private readonly record struct Entry(StreamId Id, CacheEvent? Event);

    /// <summary>The position of one watcher in the streams.</summary>
    private sealed class Place
    {
        public StreamId? Changes { get; set; }

        public StreamId Traffic { get; set; }
    }
}
