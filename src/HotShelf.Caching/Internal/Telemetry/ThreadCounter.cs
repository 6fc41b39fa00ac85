using System.Runtime.CompilerServices;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// A counter for what every thread counts all the time. Each thread has a cell that only it writes, so that an addition is neither interlocked nor seen by other processors.
/// A thread's id chooses its cell. Ids of living threads are small and dense; the cell of a thread that has ended goes on with the next one that gets its id.
/// </summary>
internal sealed class ThreadCounter
{
    private const int CellBits = 3;
    private const int CellMask = (1 << CellBits) - 1;

    private readonly Lock _growing = new();

    // Cells are never moved: their threads write them at any time.
    private CounterCell[]?[] _chunks = [];

    public long Value
    {
        get
        {
            var sum = 0L;
            foreach (var chunk in Volatile.Read(ref _chunks))
            {
                foreach (ref var cell in chunk.AsSpan())
                    sum += Volatile.Read(ref cell.Count);
            }

            return sum;
        }
    }

    /// <summary>Returns another number for each addition of a thread; not the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Increment()
    {
        var thread = Environment.CurrentManagedThreadId;
        var chunks = _chunks;
        var index = thread >> CellBits;
        var chunk = ((uint)index < (uint)chunks.Length ? chunks[index] : null) ?? Grow(index);
        ref var cell = ref chunk[thread & CellMask];
        var count = cell.Count + 1;
        cell.Count = count;
        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private CounterCell[] Grow(int index)
    {
        lock (_growing)
        {
            var chunks = _chunks;
            if (index >= chunks.Length)
                Array.Resize(ref chunks, index + 1);
            var chunk = chunks[index] ??= new CounterCell[CellMask + 1];
            Volatile.Write(ref _chunks, chunks);
            return chunk;
        }
    }
}
