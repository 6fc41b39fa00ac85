using System.Diagnostics.CodeAnalysis;
using HotShelf.Caching;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Sweeping;

/// <summary>
/// Removes the keys of another version of this cache, or those of the version in use that a bump has hidden: SCAN in small steps, UNLINK of what it
/// finds, and a pause whenever a step took Redis long. Keys of other applications, and entries that somebody may still see, are never touched.
/// </summary>
internal sealed class VersionSweeper(IConnectionMultiplexer redis, CacheStorage storage, IOptions<HotShelfCachingOptions> caching, IOptions<SweepOptions> options, TimeProvider time, ILogger<VersionSweeper> logger)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);
    // The client's own fallback for older servers would be KEYS, which stops a server for as long as it takes.
    private static readonly Version s_firstWithUnlink = new(4, 0);
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>What is wrong with sweeping a version; null when nothing is.</summary>
    public string? Wrong([NotNullWhen(false)] string? version) => version switch
    {
        null or "" or { Length: > 64 } => "version must have 1 to 64 characters",
        _ when version.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.')) => "version may hold a-z, A-Z, 0-9, '-', '_' and '.' only",
        _ when version == caching.Value.Version => "version is the one in use; bump it instead",
        _ => null,
    };

    /// <summary>Removes all keys of a version and returns how many there were. One sweep at a time.</summary>
    public async Task<SweepResult> SweepAsync(string version, CancellationToken cancellationToken)
    {
        var tag = TagOf(version);
        Log.SweepStarted(logger, version);
        var result = await SweepAsync(version, [tag, $"lease:{tag}", $"sliding:{tag}"], UnlinkAsync, cancellationToken).ConfigureAwait(false);
        Log.SweepDone(logger, result.Removed, version, result.Seconds, result.SlowestMilliseconds);
        return result;
    }

    /// <summary>Removes what a bump of the version in use has hidden and returns how much it was. One sweep at a time.</summary>
    public async Task<SweepResult> SweepHiddenAsync(CancellationToken cancellationToken)
    {
        var version = caching.Value.Version;
        var tag = TagOf(version);
        var result = await SweepAsync(version, [tag, $"sliding:{tag}"], RemoveHiddenAsync, cancellationToken).ConfigureAwait(false);
        if (result.Removed > 0)
            Log.HiddenSwept(logger, result.Removed, version, result.Seconds, result.SlowestMilliseconds);
        return result;
    }

    private string TagOf(string version) => $"{{{caching.Value.Prefix}:{version}:";

    private async Task<SweepResult> SweepAsync(string version, string[] beginnings, Func<List<RedisKey>, CancellationToken, Task<long>> remove, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        var started = time.GetTimestamp();
        var sweep = new Sweep();
        try
        {
            foreach (var server in redis.GetEndPoints().Select(endPoint => redis.GetServer(endPoint)).Where(server => server.IsConnected))
            {
                if (server.Version < s_firstWithUnlink)
                    throw new NotSupportedException($"Redis {server.Version} does not know UNLINK; sweeping needs 4.0 or later");
                await SweepAsync(server, TagOf(version), beginnings, remove, sweep, cancellationToken).ConfigureAwait(false);
            }

            return new SweepResult(version, sweep.Removed, Math.Round(time.GetElapsedTime(started).TotalSeconds, 3), Math.Round(sweep.Slowest.TotalMilliseconds, 3));
        }
        catch (Exception failure) when (failure.IsRedisFailure() || failure is NotSupportedException)
        {
            Log.SweepFailed(logger, version, sweep.Removed, failure.Message);
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task SweepAsync(
        IServer server, string tag, string[] beginnings, Func<List<RedisKey>, CancellationToken, Task<long>> remove, Sweep sweep, CancellationToken cancellationToken)
    {
        // The client's enumeration sends one SCAN a page and blocks meanwhile: on a thread of its own, page by page.
        using var found = server.Keys(redis.GetDatabase().Database, $"*{tag}*", options.Value.StepSize).GetEnumerator();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await NextPageAsync(found, beginnings, cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
                return;
            var before = time.GetTimestamp();
            // A replica, looked through as well, may still show what its primary has removed.
            sweep.Removed += await remove(page, cancellationToken).ConfigureAwait(false);
            await GiveWayAsync(time.GetElapsedTime(before), sweep, cancellationToken).ConfigureAwait(false);
        }
    }

    // One key a command: in a cluster each has its slot. Sent together they are one round trip.
    private async Task<long> UnlinkAsync(List<RedisKey> page, CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        var removed = await Task.WhenAll(page.Select(key => database.ExecuteAsync("UNLINK", key))).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        return removed.Sum(count => (long)count);
    }

    private async Task<long> RemoveHiddenAsync(List<RedisKey> page, CancellationToken cancellationToken) =>
        await storage.RemoveHiddenAsync(page).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);

    private async Task GiveWayAsync(TimeSpan took, Sweep sweep, CancellationToken cancellationToken)
    {
        // What readers feel is measured by itself: how long the server takes for next to nothing right now.
        var ping = await redis.GetDatabase().PingAsync().WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        if (ping > sweep.Slowest)
            sweep.Slowest = ping;
        var slower = took > ping ? took : ping;
        await Task.Delay(slower > options.Value.SlowStep ? slower * 10 : TimeSpan.FromMilliseconds(1), time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A page that times out is asked for again: the enumeration stays where it was. Redis being away is another matter, and ends the sweep.</summary>
    private async Task<List<RedisKey>> NextPageAsync(IEnumerator<RedisKey> found, string[] beginnings, CancellationToken cancellationToken)
    {
        const int Attempts = 3;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Task.Run(() => NextPage(found, beginnings), cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException) when (attempt < Attempts)
            {
                await Task.Delay(s_timeout / 4, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private List<RedisKey> NextPage(IEnumerator<RedisKey> found, string[] beginnings)
    {
        var page = new List<RedisKey>(options.Value.StepSize);
        while (page.Count < options.Value.StepSize && found.MoveNext())
        {
            var key = (string)found.Current!;
            if (beginnings.Any(beginning => key.StartsWith(beginning, StringComparison.Ordinal)))
                page.Add(found.Current);
        }

        return page;
    }

    private sealed class Sweep
    {
        public long Removed { get; set; }

        public TimeSpan Slowest { get; set; }
    }
}

/// <summary>What a sweep did.</summary>
/// <param name="Version">The version whose keys are gone.</param>
/// <param name="Removed">How many keys.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="SlowestMilliseconds">The longest that Redis took for a PING meanwhile.</param>
public sealed record SweepResult(string Version, long Removed, double Seconds, double SlowestMilliseconds);
