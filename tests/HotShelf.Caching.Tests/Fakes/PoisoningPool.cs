using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Frames;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>
/// The pool of all caches of these tests. It overwrites each buffer when it is returned, and rents it again soon: what still reads it gets bytes that are no frame and no value. It also counts buffers
/// that are returned twice.
/// </summary>
internal sealed class PoisoningPool : ArrayPool<byte>
{
    private const int Kept = 32;

    private readonly ConcurrentQueue<byte[]> _free = [];
    private readonly ConditionalWeakTable<byte[], object> _returned = [];

    public static PoisoningPool Instance { get; } = new();

    public int ReturnedTwice;

    [ModuleInitializer]
    internal static void Use() => BufferPool.Shared = Instance;

    public override byte[] Rent(int minimumLength)
    {
        if (_free.TryDequeue(out var buffer) && buffer.Length >= minimumLength)
            _returned.Remove(buffer);
        else
            buffer = GC.AllocateUninitializedArray<byte>(minimumLength + 17);
        buffer.AsSpan().Fill(0xA5);
        return buffer;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        array.AsSpan().Fill(0xDB);
        if (!_returned.TryAdd(array, this))
        {
            Interlocked.Increment(ref ReturnedTwice);
            return;
        }

        _free.Enqueue(array);
        if (_free.Count > Kept)
            _free.TryDequeue(out _);
    }
}
