using System.Runtime.InteropServices;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>A counter for many threads that avoids contention for one cache line.</summary>
internal sealed class StripedCounter
{
    private static readonly int s_mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 64)) - 1;

    private readonly Cell[] _cells = new Cell[s_mask + 1];

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
    public long Increment() => Interlocked.Increment(ref _cells[Environment.CurrentManagedThreadId & s_mask].Count);

    public void Add(long count) => Interlocked.Add(ref _cells[Environment.CurrentManagedThreadId & s_mask].Count, count);

    /// <summary>128 bytes: processors fetch cache lines in pairs.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Cell
    {
        [FieldOffset(0)]
        public long Count;
    }
}
