using System.Globalization;
using System.Text;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Redis;
using StackExchange.Redis;

namespace HotShelf.Caching;

/// <summary>
/// What a cache stores in Redis, and its connection: for consoles and tools, which need not run the cache. It reads L2 only, and no read of it renews an entry.
/// Registered with each cache, and by <c>AddHotShelfStorage</c> without one.
/// </summary>
/// <remarks>
/// Methods have no time limit beyond that of the client. They throw <see cref="RedisException"/>, or <see cref="TimeoutException"/>, when Redis cannot be reached or refuses
/// a command, and <see cref="InvalidOperationException"/> when no connection is configured.
/// </remarks>
public sealed class CacheStorage : IAsyncDisposable, IDisposable
{
    /// <summary>Values with a larger uncompressed size are not decompressed.</summary>
    private const int LargestValue = 64 * 1024 * 1024;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly HotShelfCachingOptions _options;
    private readonly RedisKeys _keys;
    private readonly Lazy<RedisConnection?> _administrator;

    internal CacheStorage(RedisConnection? connection, HotShelfCachingOptions options)
    {
        Connection = connection;
        _administrator = new(() => Administrator(connection));
        _options = options;
        _keys = new RedisKeys(options.Prefix, options.Version);
    }

    internal RedisConnection? Connection { get; }

    /// <summary>False when no connection is configured: the cache is in memory only.</summary>
    public bool IsConfigured => Connection is not null;

    /// <summary>True while the client is connected to a server.</summary>
    public bool IsConnected => Connection is { IsConnected: true };

    /// <summary>The connection that the cache uses, connected on the first call. It belongs to the cache, or to the application when it registered one: do not dispose it.</summary>
    /// <exception cref="InvalidOperationException">No connection is configured.</exception>
    public ValueTask<IDatabase> ConnectAsync() => Connection?.DatabaseAsync() ?? throw new InvalidOperationException(
        "The cache has no connection to Redis. Register an IConnectionMultiplexer (AddRedisClient), or set Caching:Redis to host:port,password=...,ssl=true.");

    /// <summary>
    /// A connection with <see cref="ConfigurationOptions.AllowAdmin"/>, which the client requires for INFO and SLOWLOG: the one of <see cref="ConnectAsync"/> when it has it, otherwise another one
    /// with the same settings, connected on the first call.
    /// </summary>
    /// <exception cref="InvalidOperationException">No connection is configured.</exception>
    public ValueTask<IDatabase> ConnectAsAdministratorAsync() => _administrator.Value?.DatabaseAsync() ?? ConnectAsync();

    /// <summary>The family of a key: the part before its first <c>':'</c>, or <c>default</c>.</summary>
    public static string FamilyOf(string key) => FamilyTable.NameOf(key).ToString();

    /// <summary>The application's key of a name in Redis, such as <c>product:42</c> of <c>{hs:v1:product:42}</c>; null when it is not an entry of this prefix and version.</summary>
    public string? KeyOf(RedisKey name)
    {
        var physical = ((string)name!).AsSpan();
        const string Sliding = "sliding:";
        if (physical.StartsWith(Sliding, StringComparison.Ordinal))
            physical = physical[Sliding.Length..];
        return physical.StartsWith(_keys.TrackedPrefix, StringComparison.Ordinal) && !_keys.IsOfTags(physical, out var key) ? key.ToString() : null;
    }

    /// <summary>Decodes the entry of a key; null without one.</summary>
    /// <param name="key">The application's key, such as <c>product:42</c>.</param>
    /// <param name="withValue">True to get the value as well.</param>
    public async Task<StoredEntry?> FindAsync(string key, bool withValue = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        var database = await ConnectAsync().ConfigureAwait(false);
        // The entry may be stored as sliding or not; only the application's policy knows. Look in both places.
        foreach (var place in (RemoteKey[])[new(key, null), new(key, TimeSpan.Zero)])
        {
            var reading = database.StringGetAsync(_keys.Frame(place), CommandFlags.DemandMaster);
            var timeToLive = await database.KeyTimeToLiveAsync(_keys.Frame(place), CommandFlags.DemandMaster).ConfigureAwait(false);
            if ((byte[]?)await reading.ConfigureAwait(false) is { } bytes)
                return await DecodeAsync(database, key, bytes, timeToLive, place.Sliding is not null, withValue).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>
    /// Reads the heads of many entries in one round trip: without value, tags, type and time to live, unchecked; <see cref="StoredEntry.HiddenBy"/> says whether the family or everything
    /// was removed. Names that are not entries of this prefix and version, and those that are gone, are left out.
    /// </summary>
    /// <param name="names">The names in Redis, such as those of SCAN.</param>
    public async Task<IReadOnlyList<StoredEntry>> ReadHeadsAsync(IEnumerable<RedisKey> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var database = await ConnectAsync().ConfigureAwait(false);
        var heads = await Task.WhenAll(names.Select(name => (Name: name, Key: KeyOf(name))).Where(static item => item.Key is not null).Select(item => ReadHeadAsync(database, item.Name, item.Key!))).ConfigureAwait(false);
        var families = heads.Select(static head => TagTable.FamilyName(head.Entry.Family)).Distinct(StringComparer.Ordinal);
        var removed = await ReadStampsAsync(database, [TagTable.EverythingName, .. families]).ConfigureAwait(false);
        return
        [
            .. heads.Where(static head => head.Entry.StoredBytes > 0).Select(head => head.Stamps.Everything == 0 ? head.Entry : head.Entry with
            {
                HiddenBy = removed[TagTable.EverythingName] > head.Stamps.Everything ? "*" : removed[TagTable.FamilyName(head.Entry.Family)] > head.Stamps.Family ? "family" : null,
            }),
        ];
    }

    /// <summary>When everything was last removed, by a bump or by removing the tag <c>*</c>: entries filled before are hidden. Null without a removal, and until it is restored after a loss in Redis.</summary>
    public async Task<DateTimeOffset?> FindBumpAsync()
    {
        var removed = await ReadStampsAsync(await ConnectAsync().ConfigureAwait(false), [TagTable.EverythingName]).ConfigureAwait(false);
        return removed[TagTable.EverythingName] is not 0 and var stamp ? FromMicroseconds(stamp) : null;
    }

    /// <summary>Removes everything: every node stops seeing every entry stored before, at once and for good. A cache in this process does the same by <see cref="HybridCacheExtensions.BumpVersionAsync"/>.</summary>
    /// <returns>The time of the removal.</returns>
    public async Task<DateTimeOffset> BumpVersionAsync()
    {
        var database = await ConnectAsync().ConfigureAwait(false);
        await RedisStore.RemoveTagsAsync(database, _keys, _options, [TagTable.EverythingName], [], generation: 0, position: 0).ConfigureAwait(false);
        // Not from the answer: it has the oldest removals, and of a long ledger only some.
        return FromMicroseconds((await ReadStampsAsync(database, [TagTable.EverythingName]).ConfigureAwait(false))[TagTable.EverythingName]);
    }

    /// <summary>
    /// The versions (<see cref="HotShelfCachingOptions.Version"/>) of this prefix of which a process runs a cache, as they announced within the last 30 seconds; each announces itself once a second, from its
    /// first second on. A process that passes changes on to the cache tells all of them.
    /// </summary>
    public async Task<IReadOnlyList<string>> FindLiveVersionsAsync()
    {
        await ConnectAsync().ConfigureAwait(false);
        return await Store(_options.Version).FindLiveVersionsAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Removes keys, tags and families from the cache of any version, as <c>RemoveOlderAsync</c>, <c>RemoveByTagAsync</c> and <c>RemoveFamilyAsync</c> of its own processes do. Nothing is remembered: when it throws, repeat it.
    /// </summary>
    /// <param name="version">The version (<see cref="HotShelfCachingOptions.Version"/>).</param>
    /// <param name="keys">Keys, each with the version of the row that makes an older entry stale; 0 removes any.</param>
    /// <param name="tags">Tags.</param>
    /// <param name="families">Families.</param>
    /// <exception cref="ArgumentOutOfRangeException">A version of a row is negative; nothing is removed.</exception>
    public async Task RemoveAsync(string version, IEnumerable<KeyValuePair<string, long>> keys, IEnumerable<string> tags, IEnumerable<string> families)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(version);
        var removed = keys.ToArray();
        foreach (var (_, than) in removed)
            ArgumentOutOfRangeException.ThrowIfNegative(than, nameof(keys));
        await ConnectAsync().ConfigureAwait(false);
        var store = Store(version);
        string[] names = [.. tags.Select(TagTable.NameOf), .. families.Select(TagTable.FamilyName)];
        if (names.Length > 0)
            await store.RemoveTagsAsync(names, [], generation: 0, position: 0).ConfigureAwait(false);
        foreach (var some in removed.Chunk(500))
        {
            var all = Array.ConvertAll(some, item => new VersionedKey(new RemoteKey(item.Key, SlidingOf(item.Key)), item.Value));
            await Task.WhenAll(
                store.InvalidateAsync([.. all.Where(static item => item.Version == 0).Select(static item => item.Key)]),
                store.RemoveOlderAsync(Array.FindAll(all, static item => item.Version > 0))).ConfigureAwait(false);
        }
    }

    private TimeSpan? SlidingOf(string key) => (_options.Families.TryGetValue(FamilyOf(key), out var policy) ? policy : _options.Default).Sliding;

    private RedisStore Store(string version) => new(Connection!, new RedisKeys(_options.Prefix, version), coherence: null, _options);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_administrator is { IsValueCreated: true, Value: { } administrator })
            await administrator.DisposeAsync().ConfigureAwait(false);
        if (Connection is not null)
            await Connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static RedisConnection? Administrator(RedisConnection? connection)
    {
        if (connection is null || connection.Configuration.AllowAdmin)
            return connection;
        var configuration = connection.Configuration.Clone();
        configuration.AllowAdmin = true;
        return RedisConnection.Own(configuration);
    }

    private async Task<StoredEntry> DecodeAsync(IDatabase database, string key, byte[] bytes, TimeSpan? timeToLive, bool isSliding, bool withValue)
    {
        var entry = new StoredEntry { Key = key, Family = FamilyOf(key), StoredBytes = bytes.Length, TimeToLive = timeToLive, IsSliding = isSliding };
        var rejection = FrameReader.TryRead(key, bytes, out var frame);
        if (rejection != FrameRejection.None)
            return entry with { Rejected = rejection.ToString() };
        return Describe(entry, frame) with
        {
            Tags = Array.ConvertAll(frame.Stamps.Tags, static tag => tag.Tag),
            HiddenBy = await HiddenByAsync(database, entry.Family, frame.Stamps).ConfigureAwait(false),
            Value = withValue && !frame.IsNull ? ValueOf(frame) : null,
        };
    }

    private static async Task<(StoredEntry Entry, Stamps Stamps)> ReadHeadAsync(IDatabase database, RedisKey name, string key)
    {
        var reading = database.StringGetRangeAsync(name, 0, Frame.HeaderLength - 1, CommandFlags.DemandMaster);
        var length = await database.StringLengthAsync(name, CommandFlags.DemandMaster).ConfigureAwait(false);
        var entry = new StoredEntry { Key = key, Family = FamilyOf(key), StoredBytes = (int)length };
        return FrameReader.TryReadHeader((byte[]?)await reading.ConfigureAwait(false) ?? [], out var frame)
            ? (Describe(entry, frame), frame.Stamps)
            : (entry with { Rejected = nameof(FrameRejection.Foreign) }, default);
    }

    private static StoredEntry Describe(StoredEntry entry, in Frame frame) => entry with
    {
        RawBytes = frame.RawLength,
        Compressed = frame.IsCompressed,
        IsNull = frame.IsNull,
        Created = Time(frame.Created),
        FreshUntil = Time(frame.FreshUntil),
        StaleUntil = Time(frame.StaleUntil),
        Shape = frame.Shape.ToString("x16", CultureInfo.InvariantCulture),
    };

    /// <summary>An entry is valid while none of its tags was removed after its fill began.</summary>
    private async Task<string?> HiddenByAsync(IDatabase database, string family, Stamps stamps)
    {
        // Entries of IDistributedCache have no stamps.
        if (stamps.Everything == 0)
            return null;
        List<(string Shown, string Name, long Stamp)> all = [("*", TagTable.EverythingName, stamps.Everything), ("family", TagTable.FamilyName(family), stamps.Family)];
        all.AddRange(stamps.Tags.Select(static tag => (tag.Tag, TagTable.NameOf(tag.Tag), tag.Stamp)));
        var removed = await ReadStampsAsync(database, [.. all.Select(static item => item.Name)]).ConfigureAwait(false);
        var hiding = all.FindIndex(item => removed[item.Name] > item.Stamp);
        return hiding < 0 ? null : all[hiding].Shown;
    }

    /// <summary>The latest removal of each name, or the floor of its kind; 0 without either.</summary>
    private async Task<IReadOnlyDictionary<string, long>> ReadStampsAsync(IDatabase database, IReadOnlyCollection<string> names)
    {
        string[] floors = ["!t", "!f"];
        var scores = await Task.WhenAll(names.Concat(floors).Select(name => database.SortedSetScoreAsync(_keys.Ledger, name, CommandFlags.DemandMaster))).ConfigureAwait(false);
        return names.Zip(scores, (name, score) => (name, Stamp: (long)(score ?? name[0] switch { 't' => scores[^2], 'f' => scores[^1], _ => null } ?? 0)))
            .DistinctBy(static item => item.name).ToDictionary(static item => item.name, static item => item.Stamp, StringComparer.Ordinal);
    }

    private static StoredValue? ValueOf(in Frame frame)
    {
        if (FrameReader.TryReadPayload(frame, LargestValue, out var payload) != FrameRejection.None)
            return null;
        using var returned = payload;
        return new StoredValue(payload.Bytes.ToArray(), TextOf(payload.Bytes.Span));
    }

    private static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var text = s_strictUtf8.GetString(bytes);
            return text.Any(static letter => char.IsControl(letter) && letter is not ('\r' or '\n' or '\t')) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static DateTimeOffset FromMicroseconds(long stamp) => DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(stamp);

    private static DateTimeOffset? Time(long milliseconds) => milliseconds == CacheClock.Never ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
