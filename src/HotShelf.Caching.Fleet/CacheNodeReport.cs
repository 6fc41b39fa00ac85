using System.Diagnostics.CodeAnalysis;

namespace HotShelf.Caching.Fleet;

/// <summary>
/// What a node says of itself without Redis: its state, and the counts that it has not delivered yet. A host answers it at an endpoint of its own, and consoles ask for it while Redis is
/// away. It names no key.
/// </summary>
public sealed class CacheNodeReport
{
    private readonly CacheNodeReportDocument _document;

    internal CacheNodeReport(CacheNode node, IReadOnlyList<FleetCounts> counts) => _document = new(node, counts);

    private CacheNodeReport(CacheNodeReportDocument document) => _document = document;

    /// <summary>The node's state.</summary>
    public CacheNode Node => _document.Node;

    /// <summary>Its counts that are not in Redis yet, by minute, from the oldest; at most an hour of them.</summary>
    public IReadOnlyList<FleetMinute> Minutes => [.. _document.Counts.GroupBy(static counts => counts.Minute).OrderBy(static minute => minute.Key).Select(static minute => CacheFleet.Minute(minute.Key, minute))];

    /// <summary>The report as JSON.</summary>
    public string ToJson() => FleetJson.Write(_document);

    /// <summary>Reads what <see cref="ToJson"/> wrote; false for anything else.</summary>
    public static bool TryParse(string? json, [NotNullWhen(true)] out CacheNodeReport? report)
    {
        report = FleetJson.TryReadReport(json, out var document) ? new(document) : null;
        return report is not null;
    }
}

/// <summary>This process as a node of the fleet; registered by <c>AddHotShelfFleet</c>.</summary>
public interface ICacheNodeReporter
{
    /// <summary>What this process would tell Redis now. Does not use Redis.</summary>
    CacheNodeReport GetReport();
}

/// <summary>The report's format.</summary>
internal sealed record CacheNodeReportDocument(CacheNode Node, IReadOnlyList<FleetCounts> Counts);
