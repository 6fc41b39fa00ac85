using System.Numerics;
using System.Runtime.InteropServices;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// A counter for many threads that avoids contention for one cache line: a thread's id chooses its cell. What every hit counts has a <see cref="ThreadCounter"/>, which is quicker and larger.
/// </summary>
internal sealed class StripedCounter
{
    private const int MaximumProcessors = 64;

    private readonly Cell[] _cells = new Cell[BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MaximumProcessors))];

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

    /// <summary>128 bytes: processors fetch cache lines in pairs. The count lies at the end, so that the first one is far from the array's length, which every thread reads.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Cell
    {
        [FieldOffset(112)]
        public long Count;
    }
}
