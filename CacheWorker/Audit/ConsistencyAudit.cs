using System.Data.Common;
using HotShelf.CacheWorker.Warming;
using HotShelf.Caching;
using HotShelf.Catalog;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Audit;

/// <summary>
/// Compares cached entries with the database by their versions. An entry is accused only when it is still there, and still older than the version that was seen in the database first, after the time that a change
/// may take; or still ahead of it, which it never may be, since versions only grow. What is stale by design (grace) is not looked at.
/// </summary>
internal sealed class ConsistencyAudit(
    HybridCache cache, ICatalogVersions origin, HotKeys hot, WorkerMetrics metrics, CatalogSetup setup, IOptions<AuditOptions> options, TimeProvider time, ILogger<ConsistencyAudit> logger) : BackgroundService
{
    private const int MaximumViolations = 100;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, AuditViolation> _violations = new(StringComparer.Ordinal);
    private AuditReport _report = new(0, 0, 0, null, 0, null, []);

    /// <summary>What was found so far.</summary>
    public AuditReport Report
    {
        get { lock (_lock) return _report; }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Interval == TimeSpan.Zero)
            return;
        try
        {
            await setup.Completed.WaitAsync(stoppingToken).ConfigureAwait(false);
            var isFailing = false;
            using var timer = new PeriodicTimer(options.Value.Interval, time);
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                try
                {
                    await RunAsync(stoppingToken).ConfigureAwait(false);
                    isFailing = false;
                }
                catch (Exception failure) when (failure is DbException or TimeoutException or IOException)
                {
                    metrics.AuditFailed();
                    if (!isFailing)
                        Log.AuditFailed(logger, failure.Message);
                    isFailing = true;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <summary>One round.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var sampled = await origin.SampleProductsAsync(options.Value.Keys / 4, cancellationToken).ConfigureAwait(false);
        // What was violated in the round before is looked at again, until it is consistent.
        var keys = Report.Violations.Where(violation => violation.Seen == Report.LastRound).Select(violation => violation.Key)
            .Concat(hot.All.Take(options.Value.Keys / 2)).Concat(sampled.SelectMany(id => (string[])[CatalogCacheKeys.Product(id), CatalogCacheKeys.Price(id)])).Distinct().ToList();

        var cached = await ReadAsync(keys, cancellationToken).ConfigureAwait(false);
        // After the cache: by a change in between an entry can only seem older, never newer.
        var stored = await origin.FindAsync(cached.Keys, cancellationToken).ConfigureAwait(false);
        // A version of 0 stands for nothing: any entry of a row that is gone is ahead of it.
        var since = time.GetUtcNow();
        var others = cached.Where(entry => entry.Value != stored.GetValueOrDefault(entry.Key)).Select(entry => entry.Key).ToList();
        var violations = new List<AuditViolation>();
        if (others.Count > 0)
        {
            await Task.Delay(options.Value.Promise, time, cancellationToken).ConfigureAwait(false);
            var again = await ReadAsync(others, cancellationToken).ConfigureAwait(false);
            // A row that is gone may be back.
            var now = await origin.FindAsync(others, cancellationToken).ConfigureAwait(false);
            violations.AddRange(
                from key in others
                where again.ContainsKey(key)
                let before = stored.GetValueOrDefault(key)
                where again[key] != now.GetValueOrDefault(key) && (again[key] < before || (again[key] == cached[key] && cached[key] > before))
                select new AuditViolation(key, again[key], before, since, since));
        }

        Publish(cached.Count, violations);
    }

    private async Task<Dictionary<string, long>> ReadAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var version = key.Split(':')[0] switch
            {
                CatalogCacheKeys.ProductFamily => Version(await cache.TryGetAsync<Product>(key, cancellationToken: cancellationToken).ConfigureAwait(false), product => product.Version),
                CatalogCacheKeys.PriceFamily => Version(await cache.TryGetAsync<CurrentPrice>(key, cancellationToken: cancellationToken).ConfigureAwait(false), price => price.Version),
                CatalogCacheKeys.UserProfileFamily => Version(await cache.TryGetAsync<UserProfile>(key, cancellationToken: cancellationToken).ConfigureAwait(false), profile => profile.Version),
                _ => null,
            };
            if (version is { } known)
                versions[key] = known;
        }

        return versions;

        static long? Version<T>(CacheRead<T> read, Func<T, long> version)
            where T : class
        {
            // The round fails: an entry that cannot be read is not one that is gone, and what was violated stays so.
            if (read.IsUnavailable)
                throw new TimeoutException("Redis does not answer.");
            return !read.Found || read.IsStale ? null : read.Value is { } value ? version(value) : 0;
        }
    }

    /// <summary>What was violated in the last round too.</summary>
    private AuditViolation? Open(string key) => _violations.TryGetValue(key, out var violation) && violation.Seen == _report.LastRound ? violation : null;

    private void Publish(int entries, List<AuditViolation> violations)
    {
        metrics.Audited(entries, violations.Count);
        foreach (var violation in violations.Where(violation => Open(violation.Key) is null))
            Log.AuditViolation(logger, violation.Key.Split(':')[0], violation.Cached, violation.Stored, options.Value.Promise.TotalSeconds);
        lock (_lock)
        {
            var now = time.GetUtcNow();
            foreach (var violation in violations)
                _violations[violation.Key] = violation with { Since = Open(violation.Key)?.Since ?? violation.Since, Seen = now };
            foreach (var oldest in _violations.Values.OrderByDescending(violation => violation.Seen).Skip(MaximumViolations).ToList())
                _violations.Remove(oldest.Key);
            var (total, consistent) = (_report.Checked + entries, _report.Consistent + entries - violations.Count);
            _report = new AuditReport(_report.Rounds + 1, total, consistent, total == 0 ? null : (double)consistent / total, violations.Count, now, [.. _violations.Values.OrderByDescending(violation => violation.Seen)]);
        }
    }
}
