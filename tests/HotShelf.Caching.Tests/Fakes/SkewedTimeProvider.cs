namespace HotShelf.Caching.Tests.Fakes;

/// <summary>The system's clock, ahead by a time that a test may change.</summary>
internal sealed class SkewedTimeProvider(TimeSpan ahead = default) : TimeProvider
{
    public TimeSpan Ahead { get; set; } = ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
