using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Caching.Simulation;

/// <summary>What goes wrong in a run.</summary>
internal enum FaultKind
{
    BreakConnection,
    BreakStream,
    StopServer,

    /// <summary>Each command takes nearly as long as may be waited for it.</summary>
    SlowServer,
    StopNode,
    RestartEmpty,
    FailOver,
    EvictEntry,
    EvictLease,
    EvictLedger,
    StepClock,
}

/// <param name="At">When, in ticks.</param>
/// <param name="Kind">What.</param>
/// <param name="Target">Which node or key.</param>
/// <param name="For">For how long, in ticks.</param>
internal sealed record Fault(long At, FaultKind Kind, int Target, long For);

/// <summary>A run, written down: it is a function of this alone.</summary>
/// <param name="Seed">Of all that is random in the run: delays, who does what and when.</param>
/// <param name="Mutation">What is broken on purpose.</param>
/// <param name="Nodes">The number of processes.</param>
/// <param name="Length">How long there is traffic, in ticks.</param>
/// <param name="Pace">The longest pause between two operations of a node, in ticks.</param>
/// <param name="Haste">By what all delays, time limits, lifetimes and faults are divided.</param>
/// <param name="Faults">What goes wrong, in order of time.</param>
internal sealed record Schedule(int Seed, Mutation Mutation, int Nodes, long Length, long Pace, int Haste, IReadOnlyList<Fault> Faults)
{
    /// <summary>One schedule in so many is long. A short one costs a fifth of it, and most defects need few operations, if these follow each other closely enough.</summary>
    private const int LongOneIn = 16;

    private const int HasteOfShort = 4;

    public static Schedule Of(int seed, Mutation mutation)
    {
        var random = new Random(seed);
        var isLong = seed % LongOneIn == 0;
        var haste = isLong ? 1 : HasteOfShort;
        var pace = TimeSpan.FromMilliseconds(isLong || random.Next(2) == 0 ? 60 : 20).Ticks / haste;
        // About 28 or 130 operations of each node.
        var length = pace * (isLong ? random.Next(33, 100) : random.Next(8, 20));
        var faults = Enumerable.Range(0, random.Next(0, 5)).Select(_ => new Fault(
            random.NextInt64(length), (FaultKind)random.Next(Enum.GetValues<FaultKind>().Length), random.Next(64), TimeSpan.FromMilliseconds(random.Next(1, random.Next(2) == 0 ? 60 : 1_500)).Ticks / haste));
        return new(seed, mutation, random.Next(2, 5), length, pace, haste, [.. faults.OrderBy(fault => fault.At)]);
    }

    /// <summary>The smallest schedule found that still fails: fewer faults, then less traffic.</summary>
    public static async Task<(Schedule Schedule, string Failure)> ShrinkAsync(Schedule failing, string failure)
    {
        for (var i = failing.Faults.Count - 1; i >= 0; i--)
            (failing, failure) = await TryAsync(failing with { Faults = [.. failing.Faults.Where((_, at) => at != i)] }, failing, failure);
        for (var length = failing.Length / 2; length > TimeSpan.TicksPerMillisecond * 20; length /= 2)
            (failing, failure) = await TryAsync(failing with { Length = failing.Length - length }, failing, failure);
        return (failing, failure);
    }

    private static async Task<(Schedule Schedule, string Failure)> TryAsync(Schedule smaller, Schedule failing, string failure) =>
        await new Run(smaller).RunAsync() is { } other ? (smaller, other) : (failing, failure);

    public override string ToString() =>
        $"seed {Seed}, {Nodes} nodes, {TimeSpan.FromTicks(Length).TotalSeconds:F2} s{string.Concat(Faults.Select(fault => $"\n  {TimeSpan.FromTicks(fault.At).TotalSeconds:F3} s {fault.Kind} {fault.Target} for {TimeSpan.FromTicks(fault.For).TotalMilliseconds:F0} ms"))}";
}
