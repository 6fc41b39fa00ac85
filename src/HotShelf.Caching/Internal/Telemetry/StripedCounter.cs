using System.Numerics;
using System.Runtime.InteropServices;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// A counter for many threads that avoids contention for one cache line. A thread's id chooses its cell; ids of living threads are small and dense, so threads share a
/// cell only when there are more of them than cells.
/// </summary>
/// <param name="perProcessor">Cells for each processor. There are more threads than processors, so what every thread counts all the time has several.</param>
internal sealed class StripedCounter(int perProcessor = 1)
{
    private const int MaximumProcessors = 64;

    private readonly Cell[] _cells = new Cell[BitOperations.RoundUpToPowerOf2((uint)(perProcessor * Math.Min(Environment.ProcessorCount, MaximumProcessors)))];

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

    public void Add(long count) => Interlocked.Add(ref Own.Count, count);

    private ref Cell Own => ref _cells[Environment.CurrentManagedThreadId & _cells.Length - 1];

    /// <summary>128 bytes: processors fetch cache lines in pairs.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Cell
    {
        [FieldOffset(0)]
        public long Count;
    }
}
