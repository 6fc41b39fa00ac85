using Microsoft.AspNetCore.Http;

namespace HotShelf.ServiceDefaults;

/// <summary>What every process of the system has in common; bound from the section <c>ServiceDefaults</c>, then changed in code.</summary>
public sealed class ServiceDefaultsOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "ServiceDefaults";

    /// <summary>Meters to observe besides those of the framework, Npgsql's and the runtime's; <c>*</c> stands for any text. Default: <c>HotShelf.*</c>.</summary>
    public IList<string> Meters { get; } = ["HotShelf.*"];

    /// <summary>Trace sources to follow besides those of the framework and Npgsql's; <c>*</c> stands for any text. Default: <c>HotShelf.*</c>.</summary>
    public IList<string> Sources { get; } = ["HotShelf.*"];

    /// <summary>
    /// The share of new traces that is recorded, 0 to 1; a caller's decision is followed. Default: null, which leaves it to <c>OTEL_TRACES_SAMPLER</c>
    /// and without that records everything.
    /// </summary>
    public double? TraceSampleRatio { get; set; }

    /// <summary>Whether finished requests are logged. Default: true.</summary>
    public bool RequestLog { get; set; } = true;

    /// <summary>
    /// Successful answers from cache that took less than this are logged at Debug instead of Information: a line for each would cost more than the
    /// answer. Metrics and traces count them all the same. Default: 100 ms; 0 logs every request at Information; at most 1 minute.
    /// </summary>
    public TimeSpan RequestLogQuietHits { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>For how long one run of the checks answers further probes. Default: 1 s; 0: each probe runs them.</summary>
    public TimeSpan HealthCacheDuration { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The limit for each check that has none of its own; one that takes longer has failed. Default: 700 ms, so that <c>/ready</c> answers within the second that load
    /// balancers give it while Redis or Postgres hangs.
    /// </summary>
    public TimeSpan HealthCheckTimeout { get; set; } = TimeSpan.FromMilliseconds(700);

    /// <summary>
    /// Names of checks whose failure degrades the process without making it unhealthy; <c>*</c> at the end stands for any text.
    /// Default: <c>StackExchange.Redis*</c>, since every answer can be had without the cache.
    /// </summary>
    public IList<string> DegradedChecks { get; } = ["StackExchange.Redis*"];

    /// <summary>
    /// Between "not ready" and the refusal of connections when the process stops, so that load balancers look elsewhere first. Answers end their connections meanwhile.
    /// Default: null, which is 0.25 s in development and 3 s otherwise; at most 30 s.
    /// </summary>
    public TimeSpan? DrainDelay { get; set; }

    /// <summary>
    /// A folder of files that each hold one setting, named as an environment variable would be (<c>ConnectionStrings__cache</c>); they win over the
    /// environment, and a changed file is read again. Default: null, no folder. One that does not exist stops the start. Read before everything
    /// else, so it can be set by configuration only.
    /// </summary>
    public string? SecretFiles { get; set; }

    /// <summary>Who may see the details of <c>/health</c> and <c>/ready</c> outside development. Default: no one. Set in code.</summary>
    public Func<HttpContext, bool> AuthorizeHealthDetails { get; set; } = static _ => false;

    /// <summary>
    /// What a cache did for an answer, for the request log and traces: <c>hit</c>, <c>stale</c>, <c>miss</c> and the like; null when none answered. Asked once the answer is
    /// made. Default: always null. Set in code.
    /// </summary>
    public Func<HttpContext, string?> CacheResult { get; set; } = static _ => null;
}
