namespace HotShelf.Caching.Fleet;

/// <summary>Reads the counts of all nodes.</summary>
internal sealed partial class CacheFleet
{
    public async ValueTask<IReadOnlyList<FleetMinute>> GetHistoryAsync(TimeSpan span, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero);
        var minutes = (long)Math.Ceiling((span < fleet.Value.Retention ? span : fleet.Value.Retention).TotalMinutes);
        var last = (await NowAsync(cancellationToken).ConfigureAwait(false)).ToUnixTimeSeconds() / 60;
        var first = last - minutes + 1;
        var hours = Enumerable.Range(0, (int)(last / 60 - first / 60) + 1).Select(after => first / 60 + after).ToArray();
        var fields = await QueryAsync(database => Task.WhenAll(hours.Select(hour => database.HashGetAllAsync(_fleet.Hour(hour)))), cancellationToken).ConfigureAwait(false);
        var counted = hours.SelectMany((hour, i) => fields[i].Select(field => FleetCountsText.Read(hour, (string)field.Name!, (string)field.Value!)))
            .OfType<FleetCounts>().ToLookup(counts => counts.Minute);
        return [.. Enumerable.Range(0, (int)minutes).Select(after => Minute(first + after, counted[first + after]))];
    }

    internal static FleetMinute Minute(long minute, IEnumerable<FleetCounts> counted)
    {
        var ofFleet = counted.FirstOrDefault(counts => counts.Family.Length == 0)?.Values ?? new Dictionary<int, long>();
        return new FleetMinute(
            DateTimeOffset.FromUnixTimeSeconds(minute * 60),
            [.. counted.Where(counts => counts.Family.Length > 0).Select(counts => Family(counts.Family, counts.Values)).OrderBy(family => family.Family, StringComparer.Ordinal)],
            new Dictionary<CacheTier, DurationHistogram>
            {
                [CacheTier.L1] = Durations(ofFleet, FleetSlots.LocalReads),
                [CacheTier.L2] = Durations(ofFleet, FleetSlots.RemoteReads),
                [CacheTier.Origin] = Durations(ofFleet, FleetSlots.OriginReads),
            },
            Enum.GetValues<InvalidationSource>().Select(source => (source, Count: Of(ofFleet, FleetSlots.Invalidations + (int)source)))
                .Where(item => item.Count > 0).ToDictionary(item => item.source, item => item.Count));
    }

    private static FamilyMinute Family(string name, IReadOnlyDictionary<int, long> counts) => new()
    {
        Family = name,
        LocalHits = Of(counts, FleetSlots.LocalHits),
        RemoteHits = Of(counts, FleetSlots.RemoteHits),
        LocalStale = Of(counts, FleetSlots.LocalStale),
        RemoteStale = Of(counts, FleetSlots.RemoteStale),
        Misses = Of(counts, FleetSlots.Misses),
        Errors = Of(counts, FleetSlots.Errors),
        Joined = Of(counts, FleetSlots.Joined),
        LeaseWaits = Of(counts, FleetSlots.LeaseWaits),
        Fills = Of(counts, FleetSlots.Fills),
        FillErrors = Of(counts, FleetSlots.FillErrors),
        FeedReads = Of(counts, FleetSlots.FeedReads),
        FillDurations = Durations(counts, FleetSlots.FillDurations),
    };

    private static long Of(IReadOnlyDictionary<int, long> counts, int slot) => counts.GetValueOrDefault(slot);

    private static DurationHistogram Durations(IReadOnlyDictionary<int, long> counts, int first) =>
        counts.Keys.Any(slot => slot >= first && slot < first + DurationBuckets.Count) ? new DurationHistogram(FleetSlots.Durations(counts, first)) : DurationHistogram.Empty;
}
