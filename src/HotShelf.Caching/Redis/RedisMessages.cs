using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// The fallback where a server refuses tracking: HotShelf's writers tell each other what they changed. A node that depends on it leaves a sign
/// (a key that expires); the others publish while the sign is there, so that a fleet that tracks throughout pays nothing.
/// </summary>
internal sealed class RedisMessages(RedisConnection connection, RedisKeys keys, TimeProvider time, Action<char, string> hear, Action<bool> isListening) : IAsyncDisposable
{
    public const char Keys = 'k';
    public const char Tags = 't';

    /// <summary>The name of the sign; no tag's name begins so.</summary>
    public const string ListenersName = "!listeners";

    private static readonly TimeSpan s_signLasts = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_signRenewed = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(500);

    private readonly string _node = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _stopping = new();
    private int _listens;
    private long _publishUntil;

    private RedisChannel Channel => new(keys.Channel, RedisChannel.PatternMode.Literal);

    /// <summary>Node, kind and names, parted by a control character, which no key or tag of the cache holds. Nobody waits for it.</summary>
    public void Publish(IEnumerable<string> names, char kind)
    {
        if (time.GetTimestamp() < Volatile.Read(ref _publishUntil) && connection.Database is { } database)
            database.Publish(Channel, Message(_node, kind, names), CommandFlags.FireAndForget);
    }

    /// <summary>What <paramref name="sender"/> tells.</summary>
    public static RedisValue Message(string sender, char kind, IEnumerable<string> names) => $"{sender}\u0001{kind}\u0001{string.Join('\u0001', names)}";

    /// <summary>Begins to depend on messages; once, however often it is asked for.</summary>
    public void Listen()
    {
        if (Interlocked.Exchange(ref _listens, 1) == 0)
            _ = RunAsync(ListenAsync);
    }

    /// <summary>Looks whether any node depends on messages.</summary>
    public void LookForListeners() => _ = RunAsync(async () =>
    {
        var database = await connection.DatabaseAsync().ConfigureAwait(false);
        if (await database.KeyExistsAsync(keys.Stamp(ListenersName)).ConfigureAwait(false))
            PublishForAWhile();
    });

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void PublishForAWhile() =>
        Volatile.Write(ref _publishUntil, time.GetTimestamp() + (long)(s_signLasts.TotalSeconds * time.TimestampFrequency));

    private async Task ListenAsync()
    {
        var multiplexer = await connection.MultiplexerAsync().ConfigureAwait(false);
        multiplexer.ConnectionFailed += (_, failed) => OnConnection(failed.ConnectionType, isUp: false);
        multiplexer.ConnectionRestored += (_, restored) => OnConnection(restored.ConnectionType, isUp: true);
        await RetryAsync(() => multiplexer.GetSubscriber().SubscribeAsync(Channel, (_, message) => Hear(message))).ConfigureAwait(false);
        isListening(true);
        while (true)
        {
            PublishForAWhile();
            await RetryAsync(() => multiplexer.GetDatabase().StringSetAsync(keys.Stamp(ListenersName), "1", s_signLasts)).ConfigureAwait(false);
            await Task.Delay(s_signRenewed, time, _stopping.Token).ConfigureAwait(false);
        }
    }

    private async Task RetryAsync(Func<Task> attempt)
    {
        while (true)
        {
            try
            {
                await attempt().ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                await Task.Delay(s_retry, time, _stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private static async Task RunAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or RedisException or TimeoutException)
        {
            // The cache is being disposed, or Redis is away: the stream's return asks again.
        }
    }

    private void OnConnection(ConnectionType type, bool isUp)
    {
        if (type == ConnectionType.Subscription)
            isListening(isUp);
    }

    private void Hear(RedisValue message)
    {
        var parts = ((string?)message ?? "").Split('\u0001');
        if (parts.Length < 3 || parts[0] == _node || parts[1].Length != 1)
            return;
        foreach (var name in parts.AsSpan(2))
            hear(parts[1][0], name);
    }
}
