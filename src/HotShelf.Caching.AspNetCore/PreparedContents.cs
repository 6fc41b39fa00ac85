using System.Runtime.CompilerServices;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// The representations of cached objects. One is made when an object is first answered and lives as long as the object does: an object
/// that L1 shares among its readers is serialized once per fill, and when L1 drops it, its bytes go with it. Bodies of 1 KiB to 1 MiB are
/// also kept as br and gzip, each made when the first client accepts it: an endpoint with <c>WithCacheHeaders</c> chooses by <c>Accept-Encoding</c>.
/// </summary>
/// <typeparam name="T">An immutable type: the bytes would not follow a change.</typeparam>
public sealed class PreparedContents<T>(Func<T, PreparedContent> prepare)
    where T : class
{
    private readonly ConditionalWeakTable<T, PreparedContent> _contents = [];

    /// <summary>The representation of <paramref name="value"/>.</summary>
    public PreparedContent this[T value] =>
        // Two first callers may both prepare; one result stays and both are equal.
        _contents.TryGetValue(value, out var content) ? content : _contents.GetValue(value, Prepare);

    private PreparedContent Prepare(T value)
    {
        var content = prepare(value);
        content.IsKept = true;
        return content;
    }
}
