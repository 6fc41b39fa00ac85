using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching;

/// <summary>A copy in L1, as it is at the moment of each question.</summary>
public readonly struct LocalCopy
{
    private readonly HotShelfCache _cache;
    private readonly LocalEntry _entry;

    internal LocalCopy(HotShelfCache cache, LocalEntry entry) => (_cache, _entry) = (cache, entry);

    /// <summary>Its key.</summary>
    public string Key => _entry.Key;

    /// <summary>Its family.</summary>
    public string Family => _entry.Family.Name;

    /// <summary>True while L1 serves it: it is fresh, within its lifetime in L1, and not known to be hidden by a removed tag.</summary>
    public bool IsFresh => _cache.IsFresh(_entry);

    /// <summary>The end of its lifetime in L1, by Redis' clock; null for none.</summary>
    public DateTimeOffset? LocalUntil => _cache.LocalUntil(_entry);

    /// <summary>Reads of this copy and of those of the key that it replaced. Above 1,024 an estimate from a sample.</summary>
    public long Reads => _entry.Reads;

    /// <summary>Reads since <see cref="TakeReads"/> was last called for the key.</summary>
    public long NewReads => _entry.ReadsToTake;

    /// <summary>Returns <see cref="NewReads"/> and starts to count anew. Each read is returned once, so a process should have one caller of it.</summary>
    public long TakeReads() => _entry.TakeReads();
}
