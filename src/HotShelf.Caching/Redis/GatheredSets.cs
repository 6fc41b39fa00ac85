using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// Values that are set without a lease. While some are on their way, others are gathered until a thread of the pool sends them as one script; one that finds none on its way is sent at once.
/// Commands of one connection run in the order in which they are sent, and callers count on it: a removal after a value that was given up must come after it. So every other command sends what was gathered first
/// (<see cref="Flush"/>).
/// </summary>
internal sealed class GatheredSets : IThreadPoolWorkItem
{
    /// <summary>Values of one script, so that none blocks the server for long.</summary>
    private const int Most = 50;

    /// <summary>In bytes, of all values of one script.</summary>
    private const int Largest = 64 * 1024;

    private readonly Lock _lock = new();
    private volatile Batch? _open;

    // A server that does not know the script yet would have it sent once more, after what came between.
    private volatile bool _isScriptKnown;
    private int _onTheirWay;

    /// <summary>Completes when the value is stored.</summary>
    public Task<bool> SetAsync(IDatabase database, RedisKey frame, RedisKey lease, ReadOnlyMemory<byte> value, RedisValue timeToLive)
    {
        Batch batch;
        bool isFirst;
        lock (_lock)
        {
            if (_open is { } open && open.Bytes + value.Length > Largest)
                Send(open);
            isFirst = _open is null;
            batch = _open ??= new Batch(this, database);
            batch.Add(frame, lease, value, timeToLive);
            if (Volatile.Read(ref _onTheirWay) == 0 || batch.Count == Most || batch.Bytes > Largest)
            {
                Send(batch);
                isFirst = false;
            }
        }

        if (isFirst)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return batch.Stored;
    }

    /// <summary>Sends what was gathered, before the command that the caller sends next.</summary>
    public void Flush()
    {
        if (_open is null)
            return;
        lock (_lock)
        {
            if (_open is { } open)
                Send(open);
        }
    }

    /// <summary>The connection is lost: the next one may lead to a server that does not know the script.</summary>
    public void OnConnectionLost() => _isScriptKnown = false;

    void IThreadPoolWorkItem.Execute() => Flush();

    // Under the lock, and closed only then: who finds nothing open sends after it.
    private void Send(Batch batch)
    {
        Interlocked.Increment(ref _onTheirWay);
        _ = batch.SendAsync();
        _open = null;
    }

    private sealed class Batch(GatheredSets sets, IDatabase database)
    {
        // Continuations one after another would let a caller that blocks its thread delay the others.
        private readonly TaskCompletionSource<bool> _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<RedisKey> _keys = [];
        private readonly List<RedisValue> _values = [];

        public int Count => _keys.Count / 2;

        public int Bytes { get; private set; }

        public Task<bool> Stored => _stored.Task;

        public void Add(RedisKey frame, RedisKey lease, ReadOnlyMemory<byte> value, RedisValue timeToLive)
        {
            _keys.Add(frame);
            _keys.Add(lease);
            _values.Add(value);
            _values.Add(timeToLive);
            Bytes += value.Length;
        }

        public async Task SendAsync()
        {
            try
            {
                var isKnown = sets._isScriptKnown;
                await (isKnown ? RedisScripts.Set.RunAsync(database, [.. _keys], [.. _values]) : RedisScripts.Set.RunTextAsync(database, [.. _keys], [.. _values])).ConfigureAwait(false);
                sets._isScriptKnown = true;
                _stored.SetResult(true);
            }
            catch (Exception failure)
            {
                _stored.SetException(failure);
            }
            finally
            {
                Interlocked.Decrement(ref sets._onTheirWay);
            }
        }
    }
}
