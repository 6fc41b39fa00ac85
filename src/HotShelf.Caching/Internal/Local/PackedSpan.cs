namespace HotShelf.Caching.Internal.Local;

/// <summary>
/// A span of time in four bytes: milliseconds up to 2^31 (24 days), above that units of 1,024 ms, rounded down, up to 69 years. What is longer is
/// <see cref="CacheClock.Never"/>. Spans are relative, so the uptime of the process or machine does not matter.
/// </summary>
internal static class PackedSpan
{
    /// <summary>The longest span that is not <see cref="CacheClock.Never"/>: 69 years.</summary>
    public const long Longest = (Coarse - 2L) << CoarseShift;

    private const uint Coarse = 1u << 31;
    private const int CoarseShift = 10;

    /// <summary>A span of less than 0 becomes 0.</summary>
    public static uint Pack(long milliseconds) =>
        milliseconds <= 0 ? 0
        : milliseconds < Coarse ? (uint)milliseconds
        : milliseconds <= Longest ? Coarse | (uint)(milliseconds >> CoarseShift)
        : uint.MaxValue;

    public static long Unpack(uint span) =>
        span < Coarse ? span
        : span < uint.MaxValue ? (long)(span - Coarse) << CoarseShift
        : CacheClock.Never;

    /// <summary>The span from one time to a later one.</summary>
    public static uint Between(long from, long until) => until == CacheClock.Never ? uint.MaxValue : Pack(until - from);

    /// <summary>The time that is one span later.</summary>
    public static long After(long from, uint span) => span == uint.MaxValue ? CacheClock.Never : from + Unpack(span);
}
