namespace HotShelf.Caching.Simulation;

/// <summary>The times of a run: what the nodes are configured with, and what follows for the reads.</summary>
internal sealed class Limits(Schedule schedule)
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    /// <summary>In some runs short, so that its end is seen; otherwise longer than a change may stay unseen.</summary>
    public TimeSpan Fresh => Hasty(schedule.Seed % 5 < 2 ? 400 : 1_000);

    public TimeSpan Grace => Hasty(schedule.Seed % 5 < 2 ? 600 : 2_000);

    public TimeSpan RemoteTimeout => Hasty(400);

    /// <summary>In a third of the runs short, so that what a read waits for beside it is seen.</summary>
    public TimeSpan LeaseWait => Hasty(schedule.Seed % 3 == 0 ? 300 : 5_000);

    /// <summary>After it, and with all nodes connected for as long, a change is visible everywhere: the longest delay of a push, or the time until the loss of a stream is noticed, and IncoherentLocal.</summary>
    public long VisibleAfter => Hasty(1_500).Ticks;

    /// <summary>The oldest value of a family with a lifetime, in ticks. The clock of a server that takes over may be three seconds behind.</summary>
    public long OldestValue => (Fresh + Grace + Hasty(800)).Ticks + 3_000 * Millisecond * schedule.Faults.Count(static fault => fault.Kind is FaultKind.FailOver or FaultKind.RestartEmpty);

    /// <summary>
    /// The longest read, in ticks. A read waits for its loader, for Redis at most two commands' time, and for a lease; all twice when it joined a flight and a tag that only the result told
    /// was removed meanwhile. A lease is held for as long as another process' read takes; beyond that only when its holder is stopped. One that is not released, or that a failover has
    /// brought back, would be waited for longer.
    /// </summary>
    public long LongestRead
    {
        get
        {
            var stopped = schedule.Faults.Where(static fault => fault.Kind is FaultKind.StopNode).Sum(static fault => fault.For);
            // Three waits, each ended up to an eighth of RemoteTimeout late.
            var remote = (2 * RemoteTimeout + 3 * RemoteTimeout / 8).Ticks + 20 * Millisecond;
            // In a hasty run the pauses between two polls, and between two attempts to release, are what takes longest.
            var pauses = schedule.Haste > 1 ? 250 * Millisecond : 0;
            var lease = LeaseWait.Ticks + pauses;
            var others = Math.Min(2 * lease + remote, 2 * remote + 2 * pauses);
            return stopped + remote + (stopped > 0 ? Math.Max(lease, others) : others);
        }
    }

    /// <summary>A time as the schedule has it.</summary>
    public TimeSpan Hasty(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds) / schedule.Haste;
}
