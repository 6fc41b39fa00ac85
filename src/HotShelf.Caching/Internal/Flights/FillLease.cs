namespace HotShelf.Caching.Internal.Flights;

/// <summary>The right to fill one key, held by this process alone in the whole fleet.</summary>
/// <param name="Token">Proves to the server that the lease is ours.</param>
/// <param name="ServerTime">The server's time when it was taken, Unix microseconds: when the fill began.</param>
internal sealed record FillLease(long Token, long ServerTime);
