namespace HotShelf.Caching.Internal.Local;

/// <summary>
/// Chooses the entries to keep: W-TinyLFU (Einziger, Friedman, Manes: "TinyLFU: A Highly Efficient Cache Admission Policy", ACM TOS, 2017), bounded by bytes.
/// A new entry begins in the <i>window</i>. When it leaves the window and memory is full, it is kept only if it was asked for more often for each byte than
/// the entry that would have to leave for it. The rest of the memory has two parts: entries on <i>probation</i>, and <i>protected</i> entries that were read
/// while they were on probation. <see cref="WindowSize"/> decides how large the window is: small where popularity lasts, large where only recency counts.
/// <para>
/// A read tells the policy nothing, so it takes no lock and no shared buffer: the entry counts it (<see cref="LocalEntry.Reads"/>). Reads are looked at when the
/// entry reaches the end of its queue. One that was read since the last look moves on instead of leaving (as in CLOCK), and its reads go into the sketch.
/// </para>
/// Not safe for several threads: <see cref="LocalStore"/> holds a lock.
/// </summary>
/// <param name="limit">Bytes of all entries together.</param>
/// <param name="isUseless">True of an entry that can answer no read any more (expired, or hidden by a removed tag). It leaves first.</param>
/// <param name="evict">Called for each entry that has to leave; true means that it was useless.</param>
/// <param name="hits">How many reads were answered so far; null for a window that stays as it is.</param>
internal sealed class EvictionPolicy(long limit, Func<LocalEntry, bool> isUseless, Action<LocalEntry, bool> evict, Func<long>? hits = null)
{
    /// <summary>Entries looked at for expiry with each change.</summary>
    private const int SweepPerChange = 4;

    /// <summary>Entries on probation that may be promoted in one search for a victim.</summary>
    private const int PromotionsPerSearch = 16;

    /// <summary>Entries of the window that get another round at one change.</summary>
    private const int RoundsPerChange = 4;

    /// <summary>Entries that change their queue at one change, when memory is not full: a window that became smaller is not emptied at one caller's cost.</summary>
    private const int MovesPerChange = 16;

    /// <summary>An entry that won this many comparisons lets the next one on probation compete. Entries that were popular once would otherwise keep newer ones out.</summary>
    private const int WinsInARow = 64;

    private readonly FrequencySketch _sketch = new();
    private readonly EntryQueue _window = new(QueueName.Window);
    private readonly EntryQueue _probation = new(QueueName.Probation);
    private readonly EntryQueue _protected = new(QueueName.Protected);
    private readonly WindowSize _windowSize = new(limit);
    private LocalEntry? _sweepAt;
    private EntryQueue? _sweptQueue;
    private int _wins;

    private long ProtectedLimit => (limit - _windowSize.Bytes) / 5 * 4;

    public long Bytes => _window.Bytes + _probation.Bytes + _protected.Bytes;

    public int Count => _window.Count + _probation.Count + _protected.Count;

    /// <summary>
    /// Follows a change of the store, and evicts what has no room any more. Changes of one key may come in another order than they happened in: what counts is
    /// whether the entry is in the store now.
    /// </summary>
    /// <param name="entry">An entry that came or left.</param>
    /// <param name="replaced">The entry whose place it took.</param>
    public void Apply(LocalEntry entry, LocalEntry? replaced)
    {
        if (entry.IsStored && entry.Queue == QueueName.None)
            Add(entry, replaced);
        if (!entry.IsStored)
            Remove(entry);
        if (replaced is not null)
            Remove(replaced);
        Sweep();
        Trim();
    }

    private void Add(LocalEntry entry, LocalEntry? replaced)
    {
        _sketch.Add(entry.KeyHash, 1);
        if (replaced is not null && QueueOf(replaced) is { } queue)
        {
            if (_sweepAt == replaced)
                _sweepAt = entry;
            queue.Replace(replaced, entry);
            return;
        }

        if (hits is not null)
            _windowSize.OnMiss(hits, Count);
        _window.AddFirst(entry);
        _sketch.EnsureCapacity(Count);
        _sketch.Period = 10 * Math.Max(Count, 128);
    }

    private void Remove(LocalEntry entry)
    {
        if (QueueOf(entry) is not { } queue)
            return;
        if (_sweepAt == entry)
            _sweepAt = entry.Previous;
        queue.Remove(entry);
    }

    private EntryQueue? QueueOf(LocalEntry entry) => entry.Queue switch
    {
        QueueName.Window => _window,
        QueueName.Probation => _probation,
        QueueName.Protected => _protected,
        _ => null,
    };

    private void Move(LocalEntry entry, EntryQueue queue)
    {
        Remove(entry);
        queue.AddFirst(entry);
    }

    private void Evict(LocalEntry entry, bool useless)
    {
        Remove(entry);
        evict(entry, useless);
    }

    private void Trim()
    {
        var rounds = RoundsPerChange;
        for (var moves = MovesPerChange; Bytes > limit || moves > 0; moves--)
        {
            if (_protected.Bytes > ProtectedLimit)
                Demote();
            if (_window.Bytes > _windowSize.Bytes && _window.Count > 1)
                LeaveWindow(_window.Last!, ref rounds);
            else if (Bytes > limit)
                Evict(FindVictim(out var useless), useless);
            else
                return;
        }
    }

    private void LeaveWindow(LocalEntry candidate, ref int rounds)
    {
        if (isUseless(candidate))
            Evict(candidate, useless: true);
        else if (HarvestReads(candidate) && rounds-- > 0)
            Move(candidate, _window);
        else if (Bytes <= limit)
            Move(candidate, _probation);
        else if (FindVictim(out var useless) is var victim && (useless || IsWorthMore(candidate, victim)))
            Evict(victim, useless);
        else
            Reject(candidate, victim);
    }

    private void Reject(LocalEntry candidate, LocalEntry victim)
    {
        Evict(candidate, useless: false);
        if (++_wins % WinsInARow == 0 && victim.Queue == QueueName.Probation)
            Move(victim, _probation);
    }

    /// <summary>
    /// Compares requests for each byte. When equal, the entry that is already in stays: a loop over more keys than there is room for must not throw out everything.
    /// The largest estimate may stand for any higher number of requests, so against it the size does not count: a large value that is read all the time stays.
    /// </summary>
    private bool IsWorthMore(LocalEntry candidate, LocalEntry victim)
    {
        var asked = _sketch.Estimate(candidate.KeyHash);
        var kept = _sketch.Estimate(victim.KeyHash);
        return asked == FrequencySketch.Maximum || kept == FrequencySketch.Maximum ? asked > kept : (long)asked * victim.Size > (long)kept * candidate.Size;
    }

    private LocalEntry FindVictim(out bool useless)
    {
        useless = false;
        for (var promotions = 0; promotions < PromotionsPerSearch; promotions++)
        {
            if (_probation.Last is not { } victim)
            {
                if (_protected.Last is null)
                    break;
                Demote();
                continue;
            }

            useless = isUseless(victim);
            if (useless || !HarvestReads(victim))
                return victim;
            Move(victim, _protected);
            if (_protected.Bytes > ProtectedLimit)
                Demote();
        }

        return _probation.Last ?? _protected.Last ?? _window.Last!;
    }

    /// <summary>The protected entry that was looked at longest ago goes on probation, or stays when it was read since.</summary>
    private void Demote()
    {
        var entry = _protected.Last!;
        Move(entry, HarvestReads(entry) ? _protected : _probation);
    }

    /// <summary>
    /// Adds the reads since the last look to the sketch. True when they were enough for another round: one read for an entry of average size or less, more for
    /// a larger one, which takes the room of several.
    /// </summary>
    private bool HarvestReads(LocalEntry entry)
    {
        var reads = entry.TakeNewReads();
        if (reads <= 0)
            return false;
        _sketch.Add(entry.KeyHash, reads);
        return (double)reads * Bytes >= (double)entry.Size * Count;
    }

    /// <summary>Looks at a few entries, each time at the next ones, so that useless entries leave also when they are far from the end of a queue.</summary>
    private void Sweep()
    {
        for (var looked = 0; looked < SweepPerChange; looked++)
        {
            if (_sweepAt is not { } entry)
            {
                _sweptQueue = _sweptQueue == _protected ? _probation : _sweptQueue == _probation ? _window : _protected;
                _sweepAt = _sweptQueue.Last;
                continue;
            }

            _sweepAt = entry.Previous;
            if (isUseless(entry))
                Evict(entry, useless: true);
        }
    }
}
