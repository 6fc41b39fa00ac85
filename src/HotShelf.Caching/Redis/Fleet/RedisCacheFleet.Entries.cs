using System.Globalization;
using System.Text;
using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis.Fleet;

/// <summary>Reads the entry of a key.</summary>
internal sealed partial class RedisCacheFleet
{
    /// <summary>Values with a larger uncompressed size are not decompressed.</summary>
    private const int LargestValue = 64 * 1024 * 1024;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public async ValueTask<StoredEntry?> DescribeAsync(string key, bool withValue, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        // The entry may be stored as sliding or not; only the application's policy knows. Look in both places.
        var found = await FindAsync(new RemoteKey(key, null), cancellationToken).ConfigureAwait(false);
        if (found.Bytes is null)
            found = await FindAsync(new RemoteKey(key, TimeSpan.Zero), cancellationToken).ConfigureAwait(false);
        if (found.Bytes is not { } bytes)
            return null;

        var entry = new StoredEntry { Key = key, Family = FamilyOf(key), StoredBytes = bytes.Length, TimeToLive = found.TimeToLive, IsSliding = found.IsSliding };
        var rejection = FrameReader.TryRead(key, bytes, out var frame);
        if (rejection != FrameRejection.None)
            return entry with { Rejected = rejection.ToString() };
        var shape = frame.Shape.ToString("x16", CultureInfo.InvariantCulture);
        return entry with
        {
            RawBytes = frame.RawLength,
            Compressed = frame.IsCompressed,
            IsNull = frame.IsNull,
            Created = Time(frame.Created),
            FreshUntil = Time(frame.FreshUntil),
            StaleUntil = Time(frame.StaleUntil),
            Shape = shape,
            Type = (await ReadDocumentsAsync(cancellationToken).ConfigureAwait(false)).Select(document => document.Types.GetValueOrDefault(shape)).FirstOrDefault(type => type is not null),
            Tags = Array.ConvertAll(frame.Stamps.Tags, tag => tag.Tag),
            HiddenBy = await HiddenByAsync(entry.Family, frame.Stamps, cancellationToken).ConfigureAwait(false),
            Value = withValue && !frame.IsNull ? ValueOf(frame) : null,
        };
    }

    private ValueTask<(byte[]? Bytes, TimeSpan? TimeToLive, bool IsSliding)> FindAsync(RemoteKey key, CancellationToken cancellationToken) => QueryAsync(
        async database =>
        {
            var bytes = database.StringGetAsync(_keys.Frame(key));
            var timeToLive = database.KeyTimeToLiveAsync(_keys.Frame(key));
            return ((byte[]?)await bytes.ConfigureAwait(false), await timeToLive.ConfigureAwait(false), key.Sliding is not null);
        }, cancellationToken);

    /// <summary>An entry is valid while none of its tags was removed after its fill began.</summary>
    private async ValueTask<string?> HiddenByAsync(string family, Stamps stamps, CancellationToken cancellationToken)
    {
        // Entries of IDistributedCache have no stamps.
        if (stamps.Everything == 0)
            return null;
        List<(string Shown, string Name, long Stamp)> all = [("*", TagTable.EverythingName, stamps.Everything), ("family", TagTable.FamilyName(family), stamps.Family)];
        all.AddRange(stamps.Tags.Select(tag => (tag.Tag, TagTable.NameOf(tag.Tag), tag.Stamp)));
        var current = await ReadStampsAsync([.. all.Select(item => item.Name)], cancellationToken).ConfigureAwait(false);
        var hiding = all.FindIndex(item => current[item.Name] > item.Stamp);
        return hiding < 0 ? null : all[hiding].Shown;
    }

    /// <summary>The latest removal of each name, or the floor of its kind; 0 without either.</summary>
    private async ValueTask<IReadOnlyDictionary<string, long>> ReadStampsAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        string[] floors = ["!t", "!f"];
        var scores = await QueryAsync(database => Task.WhenAll(names.Concat(floors).Select(name => database.SortedSetScoreAsync(_keys.Ledger, name))), cancellationToken).ConfigureAwait(false);
        return names.Zip(scores, (name, score) => (name, Stamp: (long)(score ?? name[0] switch { 't' => scores[^2], 'f' => scores[^1], _ => null } ?? 0)))
            .DistinctBy(item => item.name).ToDictionary(item => item.name, item => item.Stamp, StringComparer.Ordinal);
    }

    private static StoredValue? ValueOf(in Frame frame) =>
        FrameReader.TryReadPayload(frame, LargestValue, out var payload) == FrameRejection.None ? new StoredValue(payload, TextOf(payload.Span)) : null;

    private static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var text = s_strictUtf8.GetString(bytes);
            return text.Any(letter => char.IsControl(letter) && letter is not ('\r' or '\n' or '\t')) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static DateTimeOffset? Time(long milliseconds) => milliseconds == CacheClock.Never ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
