using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Tags;

namespace HotShelf.Caching.Redis.Fleet;

/// <summary>Operator actions, and the current version.</summary>
internal sealed partial class RedisCacheFleet
{
    private const int LongestText = 200;
    private const int LongestTarget = 1024;

    public async ValueTask<CacheVersion> GetVersionAsync(CancellationToken cancellationToken = default)
    {
        var stamps = await ReadStampsAsync([TagTable.EverythingName], cancellationToken).ConfigureAwait(false);
        return Version(stamps[TagTable.EverythingName]);
    }

    public async ValueTask<CacheVersion> BumpVersionAsync(string actor, CancellationToken cancellationToken = default)
    {
        Require(actor, nameof(actor));
        var changes = await QueryAsync(
            database => RedisStore.RemoveTagsAsync(database, _keys, options, [TagTable.EverythingName], generation: 0, position: 0), cancellationToken).ConfigureAwait(false);
        await AddEventAsync(new CacheEvent { At = time.GetUtcNow(), Kind = CacheEventKind.VersionBumped, CacheVersion = options.Version, Actor = actor }, cancellationToken).ConfigureAwait(false);
        return Version(changes.Removals.Where(removal => removal.Name == TagTable.EverythingName).Max(removal => removal.Stamp));
    }

    public async ValueTask<long> RemoveHiddenAsync(IReadOnlyCollection<string> physicalKeys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(physicalKeys);
        var stamp = (await ReadStampsAsync([TagTable.EverythingName], cancellationToken).ConfigureAwait(false))[TagTable.EverythingName];
        // One key per script, because in a Cluster each has its own slot. Pipelined, they cost one round trip.
        var removed = stamp == 0 ? [] : await QueryAsync(
            database => Task.WhenAll(physicalKeys.Where(key => NameOf(key) is not null).Select(key => RedisScripts.RemoveHidden.RunAsync(database, [key], [stamp]))), cancellationToken).ConfigureAwait(false);
        return removed.Sum(count => (long)count);
    }

    public async ValueTask RecordAsync(OperatorAction action, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(action);
        Require(action.Actor, nameof(action));
        Require(action.Action, nameof(action));
        await AddEventAsync(
            new CacheEvent
            {
                At = time.GetUtcNow(),
                Kind = CacheEventKind.Operator,
                Actor = action.Actor,
                Action = action.Action,
                Names = action.Target is { } target ? [target.Length <= LongestTarget ? target : target[..LongestTarget]] : [],
                Count = action.Target is null ? 0 : 1,
            }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask AddEventAsync(CacheEvent item, CancellationToken cancellationToken) => await QueryAsync(
        database => FleetScripts.Record.RunAsync(
            database, [_fleet.Changes], [FleetJson.Write(item), options.Fleet.Events, (long)options.Fleet.Retention.TotalMilliseconds, (string)_fleet.Notifications!]),
        cancellationToken).ConfigureAwait(false);

    private CacheVersion Version(long stamp) =>
        new(options.Prefix, options.Version, stamp == 0 ? null : DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(stamp));

    private static void Require(string text, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text, name);
        if (text.Length > LongestText)
            throw new ArgumentException($"At most {LongestText} characters.", name);
    }
}
