namespace HotShelf.Caching.Fleet;

/// <summary>Operator actions, and the current version.</summary>
internal sealed partial class CacheFleet
{
    private const int LongestText = 200;
    private const int LongestTarget = 1024;

    public async ValueTask<CacheVersion> GetVersionAsync(CancellationToken cancellationToken = default) =>
        Version(await QueryAsync(_ => storage.FindBumpAsync(), cancellationToken).ConfigureAwait(false));

    public async ValueTask<CacheVersion> BumpVersionAsync(string actor, CancellationToken cancellationToken = default)
    {
        Require(actor, nameof(actor));
        var bumped = await QueryAsync(_ => storage.BumpVersionAsync(), cancellationToken).ConfigureAwait(false);
        await AddEventAsync(new CacheEvent { At = time.GetUtcNow(), Kind = CacheEventKind.VersionBumped, CacheVersion = caching.Value.Version, Actor = actor }, cancellationToken).ConfigureAwait(false);
        return Version(bumped);
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

    public async ValueTask RecordAsync(CacheWarming warming, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(warming);
        Require(warming.Actor, nameof(warming));
        Require(warming.Reason, nameof(warming));
        await AddEventAsync(
            new CacheEvent
            {
                At = time.GetUtcNow(),
                Kind = CacheEventKind.Warming,
                NodeId = identity?.Id,
                Application = identity?.Application,
                Process = identity?.Process,
                State = warming.State,
                Actor = warming.Actor,
                Action = warming.Reason,
                Count = warming.Keys,
                Duration = warming.Duration,
                CacheVersion = caching.Value.Version,
            }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask AddEventAsync(CacheEvent item, CancellationToken cancellationToken) => await QueryAsync(
        database => database.ScriptEvaluateAsync(
            FleetScripts.Record, [_fleet.Changes], [FleetJson.Write(item), fleet.Value.Events, (long)fleet.Value.Retention.TotalMilliseconds, (string)_fleet.Notifications!]),
        cancellationToken).ConfigureAwait(false);

    private CacheVersion Version(DateTimeOffset? since) => new(caching.Value.Prefix, caching.Value.Version, since);

    private static void Require(string text, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text, name);
        if (text.Length > LongestText)
            throw new ArgumentException($"At most {LongestText} characters.", name);
    }
}
