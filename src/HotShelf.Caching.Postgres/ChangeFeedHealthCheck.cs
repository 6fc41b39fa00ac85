using System.Globalization;
using HotShelf.Caching.Postgres.Internal;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HotShelf.Caching.Postgres;

/// <summary>
/// Unhealthy while a feed cannot run before something is set, with a description that says what; degraded while it is disconnected or behind, a table lacks its replica identity or a column that its mapping needs, or PostgreSQL
/// keeps much WAL for it.
/// Register it with <c>AddHealthChecks().AddCheck&lt;ChangeFeedHealthCheck&gt;("change-feed")</c>.
/// </summary>
/// <param name="feeds">The feeds of this process.</param>
public sealed class ChangeFeedHealthCheck(IEnumerable<IChangeFeed> feeds) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(feeds.Cast<ChangeFeed>().Select(feed => Check(feed.Parts)).MinBy(result => result.Status));

    private static HealthCheckResult Check(ChangeFeedParts parts)
    {
        var (state, slot, lag) = (parts.State, parts.State.Slot, parts.State.Lag);
        var data = new Dictionary<string, object> { ["slot"] = parts.Database.Slot, ["state"] = FeedState.Describe(state.Phase), ["lagSeconds"] = Math.Round(lag.TotalSeconds, 3) };
        if (slot is not null)
            data["retainedBytes"] = slot.RetainedBytes;
        return state.Phase switch
        {
            FeedPhase.Misconfigured => HealthCheckResult.Unhealthy(state.Problem, data: data),
            FeedPhase.Disconnected => HealthCheckResult.Degraded($"PostgreSQL is not reachable ({state.Problem}). Changes are kept by the slot.", data: data),
            FeedPhase.Starting or FeedPhase.Consuming when state.IsRedisAway => HealthCheckResult.Degraded("Redis does not confirm invalidations. Changes are kept by the slot.", data: data),
            FeedPhase.Starting when state.Uptime > parts.Options.DegradedAfter =>
                HealthCheckResult.Degraded("The feed has not begun: PostgreSQL does not answer, or creates the slot, which waits for transactions that run (pg_stat_activity), or the catalog is being set up.", data: data),
            FeedPhase.Consuming when lag > parts.Options.DegradedAfter =>
                HealthCheckResult.Degraded(string.Create(CultureInfo.InvariantCulture, $"The oldest change is {lag.TotalSeconds:0} s old and not passed on."), data: data),
            FeedPhase.Consuming when state.TableProblem is { } problem => HealthCheckResult.Degraded(problem, data: data),
            _ when slot?.WalStatus == "unreserved" => HealthCheckResult.Degraded("PostgreSQL is about to drop WAL that the slot needs: raise max_slot_wal_keep_size, or find what holds the feed up.", data: data),
            _ when slot?.RetainedBytes > parts.Options.DegradedAboveRetainedBytes =>
                HealthCheckResult.Degraded($"PostgreSQL keeps {slot.RetainedBytes >> 20} MiB of WAL for the slot: find what holds the feed up, or a transaction that runs for long.", data: data),
            _ => HealthCheckResult.Healthy(data: data),
        };
    }
}
