using HotShelf.CacheConsole.Charts;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Data;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>How the database's changes reach the cache, and whether they did.</summary>
public sealed partial class Feed
{
    /// <summary>Points of a line at most; a point is the worst of its time.</summary>
    private const int Points = 180;

    private Snapshot<IReadOnlyList<WorkerState>> _workers = Snapshot<IReadOnlyList<WorkerState>>.Nothing;
    private FeedStatus? _feed;
    private AuditReport? _audit;
    private HistorySpan _span = HistorySpan.Hour;
    private DateTimeOffset _from;
    private DateTimeOffset _to;
    private IReadOnlyList<ChartSeries> _lag = [];
    private IReadOnlyList<ChartSeries> _waiting = [];

    [SupplyParameterFromQuery(Name = "span")]
    private string? Span { get; set; }

    private protected override IEnumerable<ILive> Sources => [Data.Workers];

    protected override void Changed()
    {
        _workers = Data.Workers.Current;
        var workers = _workers.Value ?? [];
        // One consumes; the others stand by, or say why they do not.
        _feed = workers.Select(static worker => worker.Feed).OfType<FeedStatus>().OrderByDescending(static feed => feed.IsConsuming).FirstOrDefault();
        _audit = AuditReport.Sum([.. workers.Select(static worker => worker.Audit).OfType<AuditReport>()]);
        _span = HistorySpan.Parse(Span);
        _to = Time.GetUtcNow();
        var readings = Data.FeedTrace.Since(_to - _span.Length);
        _from = readings.Count > 0 && readings[0].At < _to - TimeSpan.FromMinutes(5) ? readings[0].At : _to - TimeSpan.FromMinutes(5);
        _lag = [Series("Lag", 1, readings, static feed => feed.LagSeconds)];
        _waiting = [Series("Not confirmed", 2, readings, static feed => feed.UnconfirmedBytes)];
    }

    private ChartSeries Series(string name, int colour, IReadOnlyList<Reading<FeedPoint>> readings, Func<FeedPoint, double?> value) =>
        new(name, colour, TracePoints.Of(readings, _to, value, (_to - _from) / Points));

    private static (Status Status, string Text, string Meaning) StateOf(FeedStatus? feed) => feed?.State switch
    {
        null => (Status.Bad, "No answer", "The worker does not answer at its own address"),
        "consuming" when !feed.RedisConfirms => (Status.Warning, "Waits for Redis", "Changes are read; Redis does not confirm their invalidations"),
        "consuming" => (Status.Good, "Consuming", "It reads the slot"),
        "standing by" => (Status.Neutral, "Standing by", "Another process reads the slot"),
        "starting" => (Status.Busy, "Starting", "It connects to the database"),
        "misconfigured" => (Status.Bad, "Misconfigured", feed.Problem ?? ""),
        "disconnected" => (Status.Bad, "Disconnected", feed.Problem ?? ""),
        var other => (Status.Neutral, other, feed.Problem ?? ""),
    };

    private static string ReasonOf(FeedEvent one) => (one.Kind, one.Reason) switch
    {
        ("reset", "missing") => "The slot did not exist: changes from before are not known, so all mapped families were removed",
        ("reset", "lost") => "The server removed the WAL that the slot needed: changes are lost, so all mapped families were removed",
        ("reset", "publication") => "The publication had changed: changes may be missing, so all mapped families were removed",
        ("reset", "undecodable") => "PostgreSQL could not decode a row: changes after it may be missing, so all mapped families were removed",
        ("reset", "restored") => "The server came back without what the cache was told last: all mapped families were removed",
        _ => one.Reason,
    };

    private static Status SlotStatus(FeedSlot slot) => slot.WalStatus switch { "lost" => Status.Bad, "unreserved" => Status.Warning, _ => slot.Active ? Status.Good : Status.Warning };
}
