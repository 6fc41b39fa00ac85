using System.Net;
using System.Threading.RateLimiting;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Security;
using HotShelf.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace HotShelf.ProductApi.Hosting;

/// <summary>How much one caller may ask of one replica; section <c>Api:RateLimits</c>.</summary>
internal sealed class RateLimitOptions
{
    public const string SectionName = "Api:RateLimits";

    /// <summary>For callers without an accepted API key, by address (an IPv6 network of 64 bits counts as one). Default 200 a second, bursts of 1,000.</summary>
    public Limit PerAddress { get; set; } = new() { PerSecond = 200, Burst = 1000 };

    /// <summary>For each API key. Default 1,000 a second, bursts of 5,000.</summary>
    public Limit PerKey { get; set; } = new() { PerSecond = 1000, Burst = 5000 };

    /// <summary>For requests with an API key that is not accepted, by address as above: guessing keys is slow.</summary>
    public WrongKeyLimit WrongKeys { get; set; } = new();

    internal sealed class WrongKeyLimit
    {
        /// <summary>Requests a minute, default 30; 0 for no limit but that of <see cref="PerAddress"/>.</summary>
        public int PerMinute { get; set; } = 30;
    }

    internal sealed class Limit
    {
        /// <summary>Requests a second in the long run; 0 for no limit.</summary>
        public int PerSecond { get; set; }

        /// <summary>Requests at once after a pause; at least <see cref="PerSecond"/>.</summary>
        public int Burst { get; set; }
    }

    internal sealed class Validator : IValidateOptions<RateLimitOptions>
    {
        public ValidateOptionsResult Validate(string? name, RateLimitOptions options)
        {
            List<string> failures = [];
            foreach (var (key, limit) in new[] { (nameof(PerAddress), options.PerAddress), (nameof(PerKey), options.PerKey) })
            {
                if (limit.PerSecond < 0)
                    failures.Add($"{SectionName}:{key}:PerSecond is {limit.PerSecond}; allowed are 0 (no limit) and more.");
                if (limit.PerSecond > 0 && limit.Burst < limit.PerSecond)
                    failures.Add($"{SectionName}:{key}:Burst is {limit.Burst}; allowed is PerSecond ({limit.PerSecond}) and more.");
            }

            if (options.WrongKeys.PerMinute < 0)
                failures.Add($"{SectionName}:{nameof(WrongKeys)}:PerMinute is {options.WrongKeys.PerMinute}; allowed are 0 (no limit) and more.");
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}

/// <summary>Limits each caller's rate of requests; what exceeds it is 429 with <c>Retry-After</c>.</summary>
internal static class RateLimits
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    public static void AddRateLimits(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.SectionName).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RateLimitOptions>, RateLimitOptions.Validator>();
        builder.Services.AddRateLimiter(static _ => { });
        builder.Services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>().Configure<IOptions<RateLimitOptions>, ApiKeyRing>(static (limiter, limits, keys) =>
        {
            var perAddress = BucketsOf(limits.Value.PerAddress);
            var perKey = BucketsOf(limits.Value.PerKey);
            var wrongKeys = WindowsOf(limits.Value.WrongKeys) ?? perAddress;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, object>(context => PartitionOf(context, perAddress, perKey, wrongKeys, keys));
            limiter.OnRejected = (context, _) => new(RejectAsync(context.HttpContext, context.Lease, keys));
        });
    }

    private static Task RejectAsync(HttpContext context, RateLimitLease lease, ApiKeyRing keys)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : s_period;
        Log.RateLimited(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(RateLimits)));
        var detail = KeyOf(context) is { } key && keys.Find(key) is null
            ? $"Too many requests from this address with an API key in the header {ApiKeyDefaults.Header} that is not accepted. Correct the key; Retry-After says for how many seconds to wait."
            : "Slow down; Retry-After says for how many seconds.";
        return new ProblemResult(ProblemType.TooManyRequests, detail, retryAfter: wait).ExecuteAsync(context);
    }

    private static string? KeyOf(HttpContext context) => context.Request.Headers[ApiKeyDefaults.Header] is { Count: > 0 } header ? header.ToString() : null;

    // A wrong key counts to its caller's address: otherwise each new one would bring a fresh allowance.
    private static RateLimitPartition<object> PartitionOf(
        HttpContext context, Func<object, RateLimiter>? perAddress, Func<object, RateLimiter>? perKey, Func<object, RateLimiter>? wrongKeys, ApiKeyRing keys)
    {
        var network = ClientNetwork.Of(context.Connection.RemoteIpAddress);
        // Probes and scrapes send no key, and with one they tell whether it is right.
        if (KeyOf(context) is not { } key)
            return DefaultPaths.IsProbe(context.Request.Path) ? RateLimitPartition.GetNoLimiter<object>("") : Bucket(network, perAddress);
        if (keys.Find(key) is { } caller)
            return Bucket(caller.Identity!.Name!, perKey);
        return wrongKeys == perAddress ? Bucket(network, perAddress) : Bucket(new WrongKeyFrom(network), wrongKeys);
    }

    private static RateLimitPartition<object> Bucket(object caller, Func<object, RateLimiter>? buckets) =>
        buckets is null ? RateLimitPartition.GetNoLimiter<object>("") : RateLimitPartition.Get(caller, buckets);

    // One factory for all callers, made once: every request names it. The partitioned limiter replenishes its buckets itself.
    private static Func<object, RateLimiter>? BucketsOf(RateLimitOptions.Limit limit)
    {
        if (limit.PerSecond == 0)
            return null;
        var options = new TokenBucketRateLimiterOptions
        {
            TokenLimit = limit.Burst,
            TokensPerPeriod = limit.PerSecond,
            ReplenishmentPeriod = s_period,
            QueueLimit = 0,
            AutoReplenishment = false,
        };
        return _ => new TokenBucketRateLimiter(options);
    }

    private static Func<object, RateLimiter>? WindowsOf(RateLimitOptions.WrongKeyLimit limit)
    {
        if (limit.PerMinute == 0)
            return null;
        var options = new FixedWindowRateLimiterOptions { PermitLimit = limit.PerMinute, Window = TimeSpan.FromMinutes(1), QueueLimit = 0, AutoReplenishment = false };
        return _ => new FixedWindowRateLimiter(options);
    }

    private sealed record WrongKeyFrom(IPAddress Network);
}
