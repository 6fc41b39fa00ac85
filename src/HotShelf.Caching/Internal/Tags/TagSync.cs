using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Internal.Tags;

/// <summary>
/// Keeps a node's <see cref="TagTable"/> current with the ledger in Redis; concurrent callers share one read. Removals that the ledger has lost (by eviction,
/// expiry, deletion, or a failover that lost the last writes) are restored by the node, if it has missed no change itself.
/// </summary>
/// <param name="table">The node's copy.</param>
/// <param name="remote">Redis; null in memory alone, where the table is the ledger itself.</param>
/// <param name="clock">The clock; each answer contains the server's time.</param>
/// <param name="knownFor">How long an answer is valid; <see cref="TimeSpan.MaxValue"/> while the stream reports every change.</param>
internal sealed class TagSync(TagTable table, RemoteGuard? remote, CacheClock clock, Func<TimeSpan> knownFor)
{
    /// <summary>Maximum reads of the ledger per call; nodes that restore it at the same time may cause each other to read again.</summary>
    private const int MaximumReads = 200;

    private readonly Lock _lock = new();
    private TaskCompletionSource<bool>? _running;
    private bool _again;

    public TagTable Table => table;

    /// <summary>Checks the stamps of an entry against the removed tags. Unknown when Redis does not answer until <paramref name="until"/>; the entry is then not used.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TagVerdict> CheckAsync(Stamps stamps, string key, FamilyState family, long until)
    {
        var verdict = table.Check(stamps, family.TagFamily(key));
        return verdict == TagVerdict.Unknown ? await AskAsync(stamps, key, family, until).ConfigureAwait(false) ?? TagVerdict.Unknown : verdict;
    }

    /// <summary>Checks an entry after reading the ledger; null when Redis does not answer until <paramref name="until"/>.</summary>
    public async ValueTask<TagVerdict?> AskAsync(Stamps stamps, string key, FamilyState family, long until)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (!await WaitAsync(JoinOrStartAsync(out var isOwn), until).ConfigureAwait(false))
                return null;
            // A read that was already running may not contain the latest removals; the second one began after this call.
            var verdict = table.Check(stamps, family.TagFamily(key), ignoresMarks: isOwn || attempt > 0);
            if (verdict != TagVerdict.Unknown)
                return verdict;
        }
    }

    /// <summary>The position at which a fill of an entry with these tags begins; null when Redis does not answer until <paramref name="until"/>.</summary>
    public ValueTask<long?> PositionAsync(string key, FamilyState family, string[] tags, long until) =>
        table.Knows(family.TagFamily(key), tags) ? new(table.Position) : AskPositionAsync(key, family, tags, until);

    /// <summary>Removes tags in all nodes, but not again those that were removed for the same <paramref name="changes"/>; false when Redis cannot be reached.</summary>
    public async ValueTask<bool> RemoveAsync(IReadOnlyList<string> names, IReadOnlyCollection<string> changes)
    {
        var look = table.BeginLook();
        var answer = await remote!.RunAsync((names, changes, look), static (store, ask) => store.RemoveTagsAsync(ask.names, ask.changes, ask.look.Generation, ask.look.Position)).ConfigureAwait(false);
        if (!answer.Succeeded)
            return false;
        if (answer.Value!.Generation == look.Generation && look.Generation != 0 && !answer.Value.HasMore && table.IsUnbrokenSince(look))
        {
            table.Apply(answer.Value);
            return true;
        }

        // The ledger has another generation, or is another server's now. Until it is read, entries with these tags are not served.
        foreach (var name in names)
            table.Mark(name, look.Position);
        await ReadSinceNowAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>Requests a read, and a second one if a running read may miss the change.</summary>
    public void Request()
    {
        lock (_lock)
        {
            if (_running is not null)
            {
                _again = true;
                return;
            }
        }

        // Called on the stream's reader, which must not block.
        ThreadPool.UnsafeQueueUserWorkItem(static sync => _ = sync.JoinOrStartAsync(out _), this, preferLocal: false);
    }

    /// <summary>Joins the running read, or starts one.</summary>
    public Task<bool> JoinOrStartAsync(out bool isOwn)
    {
        TaskCompletionSource<bool> own;
        lock (_lock)
        {
            isOwn = _running is null;
            if (_running is { } running)
                return running.Task;
            _running = own = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _ = RunAsync(own);
        return own.Task;
    }

    private async ValueTask<bool> ReadSinceNowAsync() => await JoinOrStartAsync(out var isOwn).ConfigureAwait(false) && (isOwn || await JoinOrStartAsync(out _).ConfigureAwait(false));

    /// <summary>A read of the ledger may take several commands; who needs it waits for the time of one.</summary>
    private async ValueTask<bool> WaitAsync(Task<bool> reading, long until) =>
        await remote!.EndsInTimeAsync(new ValueTask<bool>(reading), until).ConfigureAwait(false) && await reading.ConfigureAwait(false);

    private async ValueTask<long?> AskPositionAsync(string key, FamilyState family, string[] tags, long until)
    {
        if (!await WaitAsync(JoinOrStartAsync(out var isOwn), until).ConfigureAwait(false))
            return null;
        if (isOwn || table.Knows(family.TagFamily(key), tags))
            return table.Position;
        return await WaitAsync(JoinOrStartAsync(out _), until).ConfigureAwait(false) ? table.Position : null;
    }

    private async Task RunAsync(TaskCompletionSource<bool> reading)
    {
        var isRead = false;
        try
        {
            isRead = await ReadAsync().ConfigureAwait(false);
        }
        finally
        {
            bool again;
            lock (_lock)
            {
                _running = null;
                again = _again;
                _again = false;
            }

            reading.TrySetResult(isRead);
            if (again)
                Request();
        }
    }

    private async Task<bool> ReadAsync()
    {
        // The generations at which this node has recorded marks. Another node that restores the ledger gives it a later generation: without this, two nodes with marks would record them in turn without end.
        var recorded = new Dictionary<TagMark, long>();
        for (var read = 0; read < MaximumReads; read++)
        {
            var look = table.BeginLook();
            var isCoherent = knownFor() == TimeSpan.MaxValue;
            if (await ReadFromAsync(look.Generation, look.Position).ConfigureAwait(false) is not { } ledger)
                return false;
            TagRestore? restore;
            if (ledger.Generation != 0 && ledger.Generation == look.Generation && ledger.Position >= look.Position && (look.IsWhole || !isCoherent))
            {
                table.Apply(ledger);
                if (ledger.HasMore)
                    continue;
                var generation = ledger.Generation;
                var unrecorded = table.UnrecordedMarks(look, mark => Since(mark, generation, recorded));
                restore = unrecorded.Count == 0 ? null : new TagRestore(unrecorded.ConvertAll(name => new TagRemoval(name, 0)), look.Position, null, null);
            }
            else
            {
                // The ledger has another generation, or a restart or failover may have restored an older one: read all of it.
                if (await ReadWholeAsync(ledger).ConfigureAwait(false) is not { } whole)
                    return false;
                if (whole.HasMore)
                    continue;
                restore = LostBy(whole, look, isCoherent, recorded);
                if (restore is null)
                    table.Apply(whole);
                ledger = whole;
            }

            if (restore is null)
            {
                table.Complete(ledger, look, knownFor());
                return true;
            }

            var restored = await remote!.RunAsync(restore, static (store, restore) => store.RestoreTagsAsync(restore)).ConfigureAwait(false);
            if (!restored.Succeeded)
                return false;
            foreach (var mark in look.Marks)
                recorded.TryAdd(mark, restore.Removals.Contains(new TagRemoval(mark.Name, 0)) ? restored.Value : ledger.Generation);
        }

        return false;
    }

    private async ValueTask<TagChanges?> ReadFromAsync(long generation, long position)
    {
        var started = clock.Provider.GetTimestamp();
        var answer = await remote!.RunAsync((generation, position), static (store, from) => store.ReadTagsAsync(from.generation, from.position)).ConfigureAwait(false);
        if (answer.Succeeded)
            clock.Observe(answer.Value!.ServerTime, clock.Provider.GetElapsedTime(started));
        return answer.Succeeded ? answer.Value : null;
    }

    /// <summary>Reads the whole ledger, page by page. HasMore is true when its generation changed meanwhile.</summary>
    private async ValueTask<TagChanges?> ReadWholeAsync(TagChanges first)
    {
        if (first.Generation == 0)
            return first;
        var removals = new List<TagRemoval>();
        for (var position = 0L; ;)
        {
            if (await ReadFromAsync(first.Generation, position).ConfigureAwait(false) is not { } page)
                return null;
            if (page.Generation != first.Generation)
                return page with { HasMore = true };
            removals.AddRange(page.Removals);
            if (!page.HasMore)
                return page with { Removals = removals };
            position = page.Position;
        }
    }

    /// <summary>From which stamp on a removal is the marked one, or the one that this node recorded in its place.</summary>
    private static long Since(TagMark mark, long generation, Dictionary<TagMark, long> recorded) =>
        recorded.TryGetValue(mark, out var at) ? at : Math.Max(generation, mark.After + 1);

    /// <summary>The removals that are known here and missing in the ledger; null when none are missing.</summary>
    private TagRestore? LostBy(TagChanges ledger, TagLook look, bool isCoherent, Dictionary<TagMark, long> recorded)
    {
        var there = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, stamp) in ledger.Removals)
            there[name] = stamp;
        var lost = new List<TagRemoval>();
        var marks = look.Marks.ToDictionary(mark => mark.Name, mark => Since(mark, ledger.Generation, recorded), StringComparer.Ordinal);
        foreach (var (name, stamp) in table.All())
        {
            var found = there.GetValueOrDefault(name);
            // Reported but not recorded: the ledger was lost right after this removal. Record it with the present time.
            if (marks.TryGetValue(name, out var since) ? found == 0 || found < since : found < stamp)
                lost.Add(new TagRemoval(name, marks.ContainsKey(name) ? 0 : stamp));
            else if (IsTooEarly(found, stamp))
                lost.Add(new TagRemoval(name, 0));
            there.Remove(name);
        }

        lost.AddRange(there.Where(found => IsTooEarly(found.Value, 0)).Select(found => new TagRemoval(found.Key, 0)));
        // A ledger that was created again hides all older entries. A node that knows all removals since before can lower its floors.
        var lowers = isCoherent && look.IsWhole && table.IsUnbrokenSince(look)
            && (ledger.Generation == 0 || ledger.TagFloor > look.TagFloor || ledger.FamilyFloor > look.FamilyFloor);
        return ledger.Generation == 0 || lost.Count > 0 || lowers || ledger.Position < look.Position
            ? new TagRestore(lost, look.Position, lowers ? look.TagFloor : null, lowers ? look.FamilyFloor : null)
            : null;

        // Recorded after the ledger was created, at a time that had passed here without it: by a server whose clock is behind. Entries filled before it may have a later position.
        bool IsTooEarly(long found, long known) => found > known && found > ledger.Generation && found <= look.Position;
    }
}
