namespace HotShelf.Caching;

/// <summary>
/// Removes entries after a method of a <see cref="CachedServiceAttribute"/> interface has succeeded: never before, and not when it throws.
/// The removal is not cancelled with the caller, because the write has happened by then.
/// </summary>
/// <param name="keys">
/// Templates of the keys to remove. They may use the parameters and <c>{result}</c>, and their members; a placeholder that is a
/// collection removes one key per element. May be empty when <see cref="Tags"/> is not.
/// </param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class InvalidatesAttribute(params string[] keys) : Attribute
{
    /// <summary>The keys' templates.</summary>
    public IReadOnlyList<string> Keys { get; } = keys;

    /// <summary>Templates of the tags to remove, with the same placeholders. Default: none.</summary>
    public string[] Tags { get; set; } = [];

    /// <summary>
    /// Names a <see cref="bool"/> that says whether there is anything to remove, as a placeholder does: <c>"result.IsDone"</c>, or a parameter.
    /// For writes that report failure in their result instead of throwing. Default: always.
    /// </summary>
    public string? When { get; set; }

    /// <summary>
    /// Names the version of the change, a whole number, as <see cref="When"/> names its bool: <c>"result.Version"</c>. Only entries of <see cref="Keys"/> that are older or of unknown version are
    /// removed (<see cref="HybridCacheExtensions.RemoveOlderAsync(Microsoft.Extensions.Caching.Hybrid.HybridCache, string, long, CancellationToken)"/>), so the same change told again by a change feed
    /// costs nothing. 0 or null removes them all. Default: none.
    /// </summary>
    public string? Version { get; set; }

    /// <summary>
    /// Names a text that names the change, as <see cref="When"/> names its bool: <c>"result.Change"</c>. <see cref="Tags"/> that a change feed has removed for the same change already are not removed again, and what is
    /// removed here the feed does not remove again
    /// (<see cref="HybridCacheExtensions.RemoveByTagAsync(Microsoft.Extensions.Caching.Hybrid.HybridCache, IEnumerable{string}, string, CancellationToken)"/>). Null or blank removes them all. Default: none.
    /// </summary>
    public string? Change { get; set; }
}
