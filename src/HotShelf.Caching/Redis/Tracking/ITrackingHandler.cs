namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// Receives invalidations. Calls do not overlap and arrive in server order on the listener's reader; implementations must return quickly and never
/// block. An exception counts as a missed change: the stream is reported lost and reconnected.
/// </summary>
internal interface ITrackingHandler
{
    /// <summary>Tracking is established: every later change under the prefix is reported. Earlier changes were not.</summary>
    void OnEstablished();

    /// <summary>The physical key <paramref name="key"/> changed, expired or was evicted. The span is valid only during the call.</summary>
    void OnInvalidated(ReadOnlySpan<byte> key);

    /// <summary>All keys changed (FLUSHALL, FLUSHDB).</summary>
    void OnFlushed();

    /// <summary>The stream broke: changes may be missed until <see cref="OnEstablished"/>. Called once per break of an established stream.</summary>
    void OnLost();

    /// <summary>
    /// The server does not support tracking, or does not allow it to this user. Retried at long intervals. Called once until <see cref="OnEstablished"/>.
    /// </summary>
    /// <param name="reason">The server's error text, without secrets.</param>
    void OnRefused(string reason);
}
