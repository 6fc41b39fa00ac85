namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// Measures the stream by this node's own changes: when one was sent, and when the stream told of it. Of two keys in one slot the later counts, so the
/// memory is bounded and some changes go unmeasured.
/// </summary>
internal sealed class EchoWatch(TimeProvider time)
{
    private const int Slots = 256;

    private readonly Sent?[] _slots = new Sent?[Slots];

    /// <summary>A change of <paramref name="key"/> is about to be sent.</summary>
    public void Expect(string key) => Volatile.Write(ref _slots[SlotOf(key)], new Sent(key, time.GetTimestamp()));

    /// <summary>The stream told of a key: how long ago its change was sent; null when it was not ours, or is not measured.</summary>
    public TimeSpan? Heard(ReadOnlySpan<char> key)
    {
        ref var slot = ref _slots[SlotOf(key)];
        return Volatile.Read(ref slot) is { } sent && key.SequenceEqual(sent.Key) && Interlocked.CompareExchange(ref slot, null, sent) == sent
            ? time.GetElapsedTime(sent.At)
            : null;
    }

    /// <summary>The change did not get through, so nobody will tell of it.</summary>
    public void Forget(string key) => _ = Heard(key);

    /// <summary>The stream broke: what was on its way is not heard of any more, and a later change of the same key must not count as it.</summary>
    public void ForgetAll() => Array.Clear(_slots);

    private static int SlotOf(ReadOnlySpan<char> key) => (int)((uint)string.GetHashCode(key) % Slots);

    private sealed record Sent(string Key, long At);
}
