namespace HotShelf.Caching.Internal.Remote;

/// <summary>Whether Redis reports changes to this process. Written by <see cref="Local.LocalCoherence"/> alone.</summary>
/// <param name="hasRemote">False for a cache in memory alone.</param>
internal sealed class StreamState(bool hasRemote)
{
    private int _current = (int)(hasRemote ? CoherenceState.Lost : CoherenceState.None);

    public CoherenceState Current
    {
        get => (CoherenceState)Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, (int)value);
    }

    public bool IsTracking => Current == CoherenceState.Tracking;
}
