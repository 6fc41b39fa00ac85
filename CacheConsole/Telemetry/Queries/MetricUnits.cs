using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Viewing;

namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>How the values of an instrument are written.</summary>
/// <param name="Unit">As what a number is shown.</param>
/// <param name="Factor">What it is multiplied by first.</param>
/// <param name="Title">What the axis counts.</param>
public sealed record MetricUnit(NumberUnit Unit, double Factor, string Title);

/// <summary>From UCUM, which instruments name their units in, to what a person reads.</summary>
internal static class MetricUnits
{
    /// <param name="instrument">Whose values.</param>
    /// <param name="isRate">They are how much a second.</param>
    public static MetricUnit Of(Instrument instrument, bool isRate)
    {
        var (unit, factor) = instrument.Unit switch
        {
            "s" => (NumberUnit.Seconds, 1),
            "ms" => (NumberUnit.Seconds, 1e-3),
            "us" => (NumberUnit.Seconds, 1e-6),
            "ns" => (NumberUnit.Seconds, 1e-9),
            "By" => (NumberUnit.Bytes, 1),
            "KiBy" => (NumberUnit.Bytes, 1024),
            "MiBy" => (NumberUnit.Bytes, 1048576),
            "%" => (NumberUnit.Percent, 0.01),
            "1" when instrument.Kind == InstrumentKind.Gauge && IsShare(instrument.Name) => (NumberUnit.Percent, 1.0),
            _ => (NumberUnit.Count, 1),
        };
        var name = Name(instrument.Unit);
        return !isRate ? new MetricUnit(unit, factor, unit switch { NumberUnit.Seconds => "time", NumberUnit.Bytes => "bytes", NumberUnit.Percent => "share", _ => name })
            // How many measurements, whatever they measure.
            : instrument.Kind == InstrumentKind.Histogram ? new MetricUnit(NumberUnit.PerSecond, 1, "measurements a second")
            // Seconds a second are a share: of one processor, for example.
            : unit == NumberUnit.Seconds ? new MetricUnit(NumberUnit.Percent, factor, "seconds a second")
            : unit == NumberUnit.Bytes ? new MetricUnit(NumberUnit.Bytes, factor, "bytes a second")
            : new MetricUnit(NumberUnit.PerSecond, factor, $"{name} a second");
    }

    private static bool IsShare(string name) => name.EndsWith("ratio", StringComparison.Ordinal) || name.EndsWith("utilization", StringComparison.Ordinal);

    // "{request}" is an annotation, written for people.
    private static string Name(string unit) => unit switch
    {
        "" or "1" => "value",
        ['{', .. var inner, '}'] => $"{inner}s",
        _ => unit,
    };
}
