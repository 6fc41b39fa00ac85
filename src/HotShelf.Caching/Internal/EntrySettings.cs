using HotShelf.Caching.Internal.Families;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>A family's policy, with the options of one call applied.</summary>
/// <param name="Flags">The tiers and steps that the call disables.</param>
/// <param name="Fresh">Lifetime.</param>
/// <param name="Grace">Time after the lifetime in which a stale value may be served.</param>
/// <param name="Local">Lifetime in L1.</param>
/// <param name="Sliding">Idle time after which the entry expires.</param>
/// <param name="LocalIsGiven">True when the call or its loader sets <paramref name="Local"/>, not the policy: it then applies without Redis too.</param>
internal readonly record struct EntrySettings(HybridCacheEntryFlags Flags, TimeSpan Fresh, TimeSpan Grace, TimeSpan? Local, TimeSpan? Sliding, bool LocalIsGiven = false)
{
    public bool ReadLocal => (Flags & HybridCacheEntryFlags.DisableLocalCacheRead) == 0;

    public bool WriteLocal => (Flags & HybridCacheEntryFlags.DisableLocalCacheWrite) == 0 && Sliding is null;

    public bool ReadRemote => (Flags & HybridCacheEntryFlags.DisableDistributedCacheRead) == 0;

    public bool WriteRemote => (Flags & HybridCacheEntryFlags.DisableDistributedCacheWrite) == 0;

    /// <summary>True when the call replaces what Redis has without having read it.</summary>
    public bool WritesUnread => WriteRemote && !ReadRemote;

    public bool MayLoad => (Flags & HybridCacheEntryFlags.DisableUnderlyingData) == 0;

    public bool MayCompress => (Flags & HybridCacheEntryFlags.DisableCompression) == 0;

    /// <summary>A lifetime of zero or less stores nothing.</summary>
    public bool MayStore => Fresh > TimeSpan.Zero;

    public static EntrySettings From(FamilyState family, HybridCacheEntryOptions? options)
    {
        var policy = family.Policy;
        return options is null
            ? new(HybridCacheEntryFlags.None, policy.Fresh, policy.Grace, policy.Local, policy.Sliding)
            : new(options.Flags ?? HybridCacheEntryFlags.None, options.Expiration ?? policy.Fresh, policy.Grace, options.LocalCacheExpiration ?? policy.Local, policy.Sliding, options.LocalCacheExpiration is not null);
    }

    /// <summary>Applies the loader's settings for this entry.</summary>
    public EntrySettings With(CacheFillContext context) =>
        this with { Fresh = context.Expiration ?? Fresh, Grace = context.Grace ?? Grace, Local = context.LocalCacheExpiration ?? Local, LocalIsGiven = LocalIsGiven || context.LocalCacheExpiration is not null };

    /// <summary>Applies the policy's lifetime for null results.</summary>
    public EntrySettings ForNegative(CachePolicy policy) =>
        policy.Negative is { } negative ? this with { Fresh = negative < Fresh ? negative : Fresh, Grace = TimeSpan.Zero } : this with { Fresh = TimeSpan.Zero };
}
