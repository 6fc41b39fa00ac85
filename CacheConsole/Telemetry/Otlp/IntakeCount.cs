namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>How much has arrived since the start: spans, log records and data points.</summary>
internal sealed class IntakeCount(TimeProvider timeProvider)
{
    private long _received;
    private long _rejected;
    private long _lastTicks;

    public long Received => Interlocked.Read(ref _received);

    /// <summary>What made no sense, or was sent without the key.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>When something arrived last; null while nothing has.</summary>
    public DateTimeOffset? Last => Interlocked.Read(ref _lastTicks) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Add(int received, int rejected)
    {
        Interlocked.Add(ref _received, received);
        Interlocked.Add(ref _rejected, rejected);
        if (received > 0)
            Interlocked.Exchange(ref _lastTicks, timeProvider.GetUtcNow().Ticks);
    }
}
