namespace HotShelf.Caching.Internal.Local;

/// <summary>
/// Counts the changes heard of, per group of keys. A reader notes the epoch, asks Redis, and puts the answer into L1 only if the epoch is still
/// the same: a change whose push overtook the answer would otherwise leave a stale copy that no push will ever remove. Groups share a counter,
/// so a foreign change at most costs one insertion.
/// </summary>
internal sealed class KeyEpochs
{
    private const int Groups = 4096;

    private readonly long[] _epochs = new long[Groups];
    private long _all;

    public long Of(ReadOnlySpan<char> key) => Volatile.Read(ref _epochs[GroupOf(key)]) + Volatile.Read(ref _all);

    public void Advance(ReadOnlySpan<char> key) => Interlocked.Increment(ref _epochs[GroupOf(key)]);

    /// <summary>Advances unless a change was heard of since <paramref name="epoch"/>.</summary>
    public bool TryAdvance(ReadOnlySpan<char> key, long epoch)
    {
        var group = epoch - Volatile.Read(ref _all);
        return Interlocked.CompareExchange(ref _epochs[GroupOf(key)], group + 1, group) == group && Of(key) == epoch + 1;
    }

    public void AdvanceAll() => Interlocked.Increment(ref _all);

    private static uint GroupOf(ReadOnlySpan<char> key)
    {
        var hash = 2166136261u;
        foreach (var letter in key)
            hash = (hash ^ letter) * 16777619u;
        return (hash ^ hash >> 16) % Groups;
    }
}
