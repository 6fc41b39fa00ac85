using System.Numerics;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// A counter for many threads that avoids contention for one cache line: a thread's id chooses its cell. What every hit counts has a <see cref="ThreadCounter"/>, which is quicker and larger.
/// </summary>
internal sealed class StripedCounter
{
    private const int MaximumProcessors = 64;

    private readonly CounterCell[] _cells = new CounterCell[BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MaximumProcessors))];

    public long Value
    {
        get
        {
            var sum = 0L;
            foreach (ref var cell in _cells.AsSpan())
                sum += Volatile.Read(ref cell.Count);
            return sum;
        }
    }

    /// <summary>Returns another number for each addition of a thread; not the sum.</summary>
    public long Increment() => Interlocked.Increment(ref Own.Count);

    private ref CounterCell Own => ref _cells[Environment.CurrentManagedThreadId & _cells.Length - 1];
}
