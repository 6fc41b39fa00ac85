using System.Collections.Concurrent;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Data;

/// <summary>
/// Reads nodes and their counts from Redis; while Redis is away, from the nodes themselves. Each keeps what it could not deliver, so that the history
/// goes on from the last one that Redis gave. What Redis has forgotten, as after a restart without its data, is shown as this console read it before.
/// </summary>
internal sealed class FleetReader(ICacheFleet fleet, NodeClient nodes, TimeProvider time)
{
    // A day of minutes as Redis told them.
    private readonly ConcurrentDictionary<DateTimeOffset, FleetMinute> _minutes = new();

    /// <summary>Since when Redis has not answered; null while it does.</summary>
    public DateTimeOffset? AwaySince { get; private set; }

    /// <summary>False while Redis has never answered this console: then it knows only the nodes that its settings lead to.</summary>
    public bool HasRead { get; private set; }

    /// <summary>Nodes that are known and that do not answer by themselves; empty while Redis answers.</summary>
    public IReadOnlyList<CacheNode> Silent { get; private set; } = [];

    /// <exception cref="FleetUnavailableException">Neither Redis nor a node answers.</exception>
    public async ValueTask<IReadOnlyList<CacheNode>> NodesAsync(CancellationToken cancel)
    {
        try
        {
            var read = await fleet.GetNodesAsync(cancel);
            nodes.Remember(read);
            (AwaySince, Silent, HasRead) = (null, [], true);
            return read;
        }
        catch (FleetUnavailableException)
        {
            AwaySince ??= time.GetUtcNow();
            var answered = (await nodes.ReportsAsync(cancel)).Select(static report => report.Node).ToArray();
            Silent = [.. nodes.Known.Where(known => !answered.Any(node => node.Id == known.Id))];
            if (answered.Length == 0)
                throw;
            return answered;
        }
    }

    /// <exception cref="FleetUnavailableException">Neither Redis nor a node answers.</exception>
    public async ValueTask<IReadOnlyList<FleetMinute>> HistoryAsync(HistorySpan span, CancellationToken cancel)
    {
        try
        {
            var read = await fleet.GetHistoryAsync(span.Length, cancel);
            return [.. read.Select(Keep)];
        }
        catch (FleetUnavailableException)
        {
            var reports = await nodes.ReportsAsync(cancel);
            if (reports.Count == 0)
                throw;
            return Continue([.. _minutes.Values], reports, span.Length, time.GetUtcNow());
        }
        finally
        {
            foreach (var old in _minutes.Keys.Where(start => start < time.GetUtcNow() - HistorySpan.All[^1].Length))
                _minutes.TryRemove(old, out _);
        }
    }

    // The counts of a minute only grow, unless Redis has lost them.
    private FleetMinute Keep(FleetMinute read) => _minutes.AddOrUpdate(read.Start, read, (_, known) => Counted(read) >= Counted(known) ? read : known);

    private static long Counted(FleetMinute minute) => minute.Families.Sum(static family => family.Asked + family.Fills) + minute.Invalidations.Values.Sum();

    /// <summary>A history until now: of each minute what Redis knew and what nodes have not delivered.</summary>
    internal static IReadOnlyList<FleetMinute> Continue(IReadOnlyList<FleetMinute> known, IReadOnlyList<CacheNodeReport> reports, TimeSpan span, DateTimeOffset now)
    {
        var counted = known.Concat(reports.SelectMany(static report => report.Minutes)).ToLookup(static minute => minute.Start);
        var last = new DateTimeOffset(now.Ticks - now.Ticks % TimeSpan.TicksPerMinute, TimeSpan.Zero);
        var count = (int)span.TotalMinutes;
        return [.. Enumerable.Range(1 - count, count).Select(after => last.AddMinutes(after)).Select(start => FleetMinute.Sum(start, counted[start]))];
    }
}
