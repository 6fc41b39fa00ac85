namespace HotShelf.CacheConsole.Telemetry;

/// <summary>How much telemetry is kept in memory; bound from the section <c>CacheConsole:Telemetry</c>. What is older makes room.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "CacheConsole:Telemetry";

    /// <summary>Log records. Default: 10,000.</summary>
    public int MaximumLogs { get; set; } = 10_000;

    /// <summary>Bytes of log records, estimated. Default: 32 MiB.</summary>
    public long LogBytes { get; set; } = 32 << 20;

    /// <summary>Traces. Default: 10,000.</summary>
    public int MaximumTraces { get; set; } = 10_000;

    /// <summary>Spans of one trace; further ones are counted and left out. Default: 1,000.</summary>
    public int MaximumSpansPerTrace { get; set; } = 1_000;

    /// <summary>Bytes of traces, estimated. Default: 64 MiB.</summary>
    public long TraceBytes { get; set; } = 64 << 20;

    /// <summary>Series of metrics. Default: 5,000.</summary>
    public int MaximumSeries { get; set; } = 5_000;

    /// <summary>Points of a series; when it is full, the older half is thinned. Default: 600, which at one a second is exact for 5 minutes.</summary>
    public int MaximumPoints { get; set; } = 600;

    /// <summary>Bytes of metrics, estimated. Default: 64 MiB.</summary>
    public long MetricBytes { get; set; } = 64 << 20;

    /// <summary>Attributes of a record; further ones are left out. Default: 128.</summary>
    public int MaximumAttributes { get; set; } = 128;

    /// <summary>Characters of a message or an attribute's value; longer ones are cut. Default: 8,192.</summary>
    public int MaximumValueLength { get; set; } = 8_192;

    /// <summary>Lines of the console of each instance. Default: 4,000, which is what the local engine keeps.</summary>
    public int MaximumConsoleLines { get; set; } = 4_000;

    /// <summary>Bytes of the console lines of each instance, estimated. Default: 4 MiB.</summary>
    public long ConsoleBytes { get; set; } = 4 << 20;
}
