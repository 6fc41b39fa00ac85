namespace HotShelf.Caching.Fleet;

/// <summary>The current version, which determines the valid entries.</summary>
/// <param name="Prefix">First part of every key (<see cref="HotShelfCachingOptions.Prefix"/>).</param>
/// <param name="Version">Second part of every key (<see cref="HotShelfCachingOptions.Version"/>).</param>
/// <param name="Since">Entries filled before this time are hidden: the time of the last bump or removal of everything. Null without one, and until it is restored after a loss in Redis.</param>
public sealed record CacheVersion(string Prefix, string Version, DateTimeOffset? Since);
