namespace HotShelf.CacheConsole.Telemetry.Model;

/// <summary>What an instrument is, whoever reports it.</summary>
public sealed record Instrument(string Service, string Meter, string Name, string Unit, string Description, InstrumentKind Kind)
{
    public InstrumentKey Key => new(Service, Meter, Name);
}

/// <summary>What makes an instrument one; all instances of a service share it.</summary>
public readonly record struct InstrumentKey(string Service, string Meter, string Name);

public enum InstrumentKind
{
    /// <summary>A sum that only grows: shown as a rate.</summary>
    Counter,

    /// <summary>A sum that goes up and down: shown as it is, added up over its series.</summary>
    UpDownCounter,

    /// <summary>A value that cannot be added up.</summary>
    Gauge,

    /// <summary>A distribution: shown as percentiles and as a rate.</summary>
    Histogram,
}
