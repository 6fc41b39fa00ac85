namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// What the stream of changes tells its owner. Calls come one at a time, in server order, on the listener's reader; handlers must be quick
/// and never block. An exception out of a handler counts as a missed change: the stream is reported lost and is made anew.
/// </summary>
internal interface ITrackingHandler
{
    /// <summary>From now on every change under the prefix is told; nothing before was.</summary>
    void OnEstablished();

    /// <summary>The physical key <paramref name="key"/> changed, expired or was evicted. The span is valid during the call only.</summary>
    void OnInvalidated(ReadOnlySpan<byte> key);

    /// <summary>Everything changed (FLUSHALL, FLUSHDB).</summary>
    void OnFlushed();

    /// <summary>The stream broke: changes may be missed until <see cref="OnEstablished"/>. Told once per break, only after it was established.</summary>
    void OnLost();

    /// <summary>
    /// The server does not do tracking, or not for this user. It is tried again rarely; told once until <see cref="OnEstablished"/>, which may still come,
    /// and after that perhaps anew.
    /// </summary>
    /// <param name="reason">The server's words, without secrets.</param>
    void OnRefused(string reason);
}
