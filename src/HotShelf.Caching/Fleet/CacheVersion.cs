namespace HotShelf.Caching.Fleet;

/// <summary>The version in force: which entries are seen.</summary>
/// <param name="Prefix">First part of every key (<see cref="HotShelfCachingOptions.Prefix"/>).</param>
/// <param name="Version">Second part of every key (<see cref="HotShelfCachingOptions.Version"/>).</param>
/// <param name="Since">Entries filled before this moment are hidden: when the version was last bumped or everything removed. Null before that, and for a moment when Redis has lost it.</param>
public sealed record CacheVersion(string Prefix, string Version, DateTimeOffset? Since);
