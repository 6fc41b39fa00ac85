using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Postgres;

/// <summary>How a change feed runs; configuration section <c>ChangeFeed</c>, and <c>ChangeFeed:{connection name}</c> for one of several. Checked at start.</summary>
public sealed class PostgresChangeFeedOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "ChangeFeed";

    /// <summary>
    /// The replication slot, up to 63 of a-z, 0-9 and <c>_</c>. Default <c>hotshelf_{database}</c>. All processes that keep one cache in step use the same; applications with
    /// caches of their own use different ones.
    /// </summary>
    public string? Slot { get; set; }

    /// <summary>The publication, which several feeds of a database may share. Default <c>hotshelf</c>.</summary>
    public string? Publication { get; set; }

    /// <summary>
    /// True: creates no publication and no slot and changes no table, for databases where an administrator does that. What is missing is an error whose message has the SQL.
    /// Default false.
    /// </summary>
    public bool VerifyOnly { get; set; }

    /// <summary>
    /// The number of distinct keys, tags and changed rows of one table that are kept at once, 100 to 1,000,000. Beyond it the families of the table are removed instead. Default 10,000.
    /// </summary>
    public int MaximumKeys { get; set; } = 10_000;

    /// <summary>The health check is degraded when the oldest change that Redis has not confirmed is older, 1 second to 1 hour. Default 10 seconds.</summary>
    public TimeSpan DegradedAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The health check is degraded when PostgreSQL keeps more WAL for the slot, in bytes, at least 1 MiB. Default 1 GiB.</summary>
    public long DegradedAboveRetainedBytes { get; set; } = 1L << 30;

    /// <summary>How often slot, tables and publication are looked at and a heartbeat is sent through the slot, 100 ms to 1 minute. Default 5 seconds. The heartbeat lets the slot advance while only other tables change.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How soon PostgreSQL gives the slot to another worker when the one that has it no longer answers (<c>wal_sender_timeout</c>), 2 seconds to 10 minutes. Default 5 seconds.</summary>
    public TimeSpan ConsumerTimeout { get; set; } = TimeSpan.FromSeconds(5);
}

internal sealed partial class PostgresChangeFeedOptionsValidator : IValidateOptions<PostgresChangeFeedOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgresChangeFeedOptions options)
    {
        var failures = new List<string>();
        Name(nameof(options.Slot), options.Slot);
        Name(nameof(options.Publication), options.Publication);
        Range(nameof(options.MaximumKeys), options.MaximumKeys, 100, 1_000_000);
        Range(nameof(options.DegradedAfter), options.DegradedAfter, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Range(nameof(options.DegradedAboveRetainedBytes), options.DegradedAboveRetainedBytes, 1L << 20, long.MaxValue);
        Range(nameof(options.Heartbeat), options.Heartbeat, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Range(nameof(options.ConsumerTimeout), options.ConsumerTimeout, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(10));
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;

        void Name(string key, string? value)
        {
            if (value is not null && !SlotName().IsMatch(value))
                failures.Add($"{PostgresChangeFeedOptions.SectionName}:{key} is '{value}'; it must be 1 to 63 of a-z, 0-9 and _.");
        }

        void Range<T>(string key, T value, T minimum, T maximum)
            where T : IComparable<T>
        {
            if (value.CompareTo(minimum) < 0 || value.CompareTo(maximum) > 0)
                failures.Add(FormattableString.Invariant($"{PostgresChangeFeedOptions.SectionName}:{key} is {value}; it must be from {minimum} to {maximum}."));
        }
    }

    [GeneratedRegex("^[a-z0-9_]{1,63}$")]
    private static partial Regex SlotName();
}
