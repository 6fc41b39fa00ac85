using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// Measures the lag of tracking by this node's own changes: the time from sending a change until its push. One change per slot: a later key in the same
/// slot replaces the earlier one, so memory is bounded and some changes are not measured.
/// </summary>
internal sealed class EchoLagTimer(TimeProvider time, StreamState stream)
{
    private const int Slots = 256;

    private readonly Sent?[] _slots = new Sent?[Slots];

    /// <summary>Call before a change of <paramref name="name"/> is sent. Without the stream nothing is measured.</summary>
    public void Start(string name)
    {
        if (stream.IsTracking)
            Volatile.Write(ref _slots[SlotOf(name)], new Sent(name, time.GetTimestamp()));
    }

    /// <summary>Like <see cref="Start(string)"/>. Sliding keys are not tracked.</summary>
    public void Start(RemoteKey key)
    {
        if (key.Sliding is null)
            Start(key.Name);
    }

    /// <summary>Call when the key is pushed: returns the lag, or null when the change was not ours or is not measured.</summary>
    public TimeSpan? Stop(ReadOnlySpan<char> key)
    {
        ref var slot = ref _slots[SlotOf(key)];
        return Volatile.Read(ref slot) is { } sent && key.SequenceEqual(sent.Key) && Interlocked.CompareExchange(ref slot, null, sent) == sent
            ? time.GetElapsedTime(sent.At)
            : null;
    }

    /// <summary>The change was not sent, so no push will follow.</summary>
    public void Cancel(string key) => _ = Stop(key);

    /// <summary>The stream broke: pushes are lost, and a later change of the same key must not be measured as the earlier one.</summary>
    public void Clear() => Array.Clear(_slots);

    private static int SlotOf(ReadOnlySpan<char> key) => (int)((uint)string.GetHashCode(key) % Slots);

    private sealed record Sent(string Key, long At);
}
