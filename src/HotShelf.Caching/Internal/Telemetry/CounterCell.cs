using System.Runtime.InteropServices;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// A count in an array whose elements different threads write. 128 bytes: processors fetch cache lines in pairs. The count lies at the end, so that the first one is far from the array's
/// length, which every thread reads.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct CounterCell
{
    [FieldOffset(112)]
    public long Count;
}
