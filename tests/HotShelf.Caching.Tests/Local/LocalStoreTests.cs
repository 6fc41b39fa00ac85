using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Local;

public sealed class LocalStoreTests
{
    private const long Limit = 100_000;

    private static readonly FamilyState s_family = new("default", new CachePolicy(), isShared: false);

    private readonly ManualTimeProvider _time = new();
    private readonly CacheClock _clock;
    private readonly LocalStore _store;

    public LocalStoreTests()
    {
        _clock = new CacheClock(_time);
        _store = new LocalStore(Limit, _clock);
    }

    [Fact]
    public async Task AllOperations_FromManyThreads_KeepTheBoundAndTheCounts()
    {
        var left = 0;
        _store.Left = _ => Interlocked.Increment(ref left);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Factory.StartNew(() => Work(new Random(seed)), TaskCreationOptions.LongRunning)));

        Insert("last");
        await Until.TrueAsync(() => _store.Size <= Limit);
        Assert.InRange(_store.Size, 1, Limit);
        var entries = _store.Each().ToArray();
        Assert.Equal(entries.Length, _store.Count);
        Assert.Equal(entries.Sum(entry => (long)entry.Size), _store.Size);
        Assert.All(entries, entry => Assert.NotEqual(QueueName.None, entry.Queue));
        Assert.True(left > 0);
        foreach (var entry in entries)
            _store.Invalidate(entry.Key);
        Assert.Equal((0, 0L), (_store.Count, _store.Size));
        Assert.All(entries, entry => Assert.Equal(QueueName.None, entry.Queue));
    }

    [Fact]
    public async Task Changes_MoreThanATurnWhileAnotherThreadIsAtThem_AreTakenToThePolicyAllTheSame()
    {
        using var began = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var store = new LocalStore(Limit, _clock, isHidden: _ =>
        {
            began.Set();
            release.Wait();
            return false;
        });
        var applying = Task.Factory.StartNew(() => store.TryInsert(New("first", CacheClock.Never, 100), store.EpochOf("first")), TaskCreationOptions.LongRunning);
        began.Wait();
        for (var i = 0; i < 5_000; i++)
            store.TryInsert(New($"more:{i}", CacheClock.Never, 100), store.EpochOf($"more:{i}"));
        Assert.True(store.Size > Limit);
        release.Set();
        await applying;
        await Until.TrueAsync(() => store.Size <= Limit);
    }

    [Fact]
    public void TryInsert_ExpiredEntriesInMemory_LeaveBeforeAllOthersAndCountAsNoEviction()
    {
        for (var i = 0; i < 100; i++)
            Insert($"short:{i}", TimeSpan.FromSeconds(1));
        for (var i = 0; i < 100; i++)
            Insert($"long:{i}");
        _time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 100; i++)
            Insert($"new:{i}");
        Assert.Equal(0, _store.Evictions);
        Assert.DoesNotContain(_store.Each(), entry => entry.Key.StartsWith("short", StringComparison.Ordinal));
        Assert.Equal(200, _store.Count);
    }

    [Fact]
    public void CountRead_ManyReads_CountsThemNearlyAndGivesOneInSixtyFourAsSample()
    {
        var entry = Insert("a");
        var samples = Enumerable.Range(0, 1_000_000).Count(turn => entry.CountRead(turn));
        Assert.InRange(entry.Reads, 970_000, 1_030_000);
        Assert.InRange(samples, 1_000_000 / 64 * 0.97, 1_000_000 / 64 * 1.03);
    }

    [Fact]
    public void CountRead_HotEntry_IsWrittenByOneReadInSixtyFour()
    {
        LocalEntry entry = Insert("a");
        var writes = 0;
        for (var turn = 0; turn < 100_000; turn++)
        {
            var before = entry.Reads;
            entry.CountRead(turn);
            writes += entry.Reads == before ? 0 : 1;
        }

        Assert.InRange(writes, 1024, 1024 + 2 * 100_000 / 64);
    }

    [Fact]
    public void CountRead_TwoKeysInTurn_CountsBothAlike()
    {
        LocalEntry first = Insert("a"), second = Insert("b");
        for (var turn = 0; turn < 1_000_000; turn++)
            (turn % 2 == 0 ? first : second).CountRead(turn);
        Assert.InRange((double)first.Reads / second.Reads, 0.9, 1.1);
    }

    private void Work(Random random)
    {
        for (var i = 0; i < 30_000; i++)
        {
            var key = $"key:{(int)Math.Pow(random.NextDouble() * 30, 2)}";
            var found = _store.Find(key);
            switch (random.Next(12))
            {
                case 0:
                    _store.Invalidate(key);
                    break;
                case 1 when found is not null:
                    _store.Remove(found);
                    break;
                case 2 when found is not null:
                    _store.TryExchange(found, found.Times with { FreshUntil = i });
                    break;
                case 3:
                    _store.TryReplace(New(key, CacheClock.Never, random.Next(2_000)), _store.EpochOf(key));
                    break;
                case 4 when random.Next(1_000) == 0:
                    _store.Clear();
                    break;
                default:
                    if (found is not null)
                        found.CountRead(i);
                    else
                        _store.TryInsert(New(key, CacheClock.Never, random.Next(2_000)), _store.EpochOf(key));
                    break;
            }
        }
    }

    private LocalEntry<int> Insert(string key, TimeSpan? lifetime = null)
    {
        var entry = New(key, lifetime is { } span ? _clock.Now + (long)span.TotalMilliseconds : CacheClock.Never, 0);
        Assert.True(_store.TryInsert(entry, _store.EpochOf(key)));
        return entry;
    }

    private static LocalEntry<int> New(string key, long until, int payload) => LocalEntry<int>.Shared(key, s_family, new Lifetimes(0, 0, until, until, until, until), 0, payload);
}
