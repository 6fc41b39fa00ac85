using HotShelf.CacheConsole.Telemetry.Queries;

namespace HotShelf.CacheConsole.Components.Telemetry;

/// <summary>Addresses of the system pages, with what they are to show.</summary>
internal static class PageLinks
{
    public static string Resource(string name) => $"resources/{Uri.EscapeDataString(name)}";

    public static string Console(string? name) => name is null ? "console" : $"console/{Uri.EscapeDataString(name)}";

    public static string Trace(string id, string? spanId = null) => $"traces/{id}{(spanId is null ? "" : $"?span={spanId}")}";

    public static string Logs(string? source = null, string? level = null, string? text = null, FieldFilter? filter = null, string? trace = null, string? span = null, long? entry = null) =>
        Query("logs", ("source", source), ("level", level), ("q", text), ("f", filter?.ToString()), ("trace", trace), ("span", span), ("entry", entry?.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    public static string Traces(string? source = null, string? text = null, FieldFilter? filter = null) => Query("traces", ("source", source), ("q", text), ("f", filter?.ToString()));

    public static string Meters(string? source = null, string? meter = null, string? instrument = null) => Query("meters", ("source", source), ("meter", meter), ("instrument", instrument));

    private static string Query(string path, params (string Name, string? Value)[] parameters)
    {
        var given = parameters.Where(static p => !string.IsNullOrEmpty(p.Value)).Select(static p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}").ToArray();
        return given.Length == 0 ? path : $"{path}?{string.Join('&', given)}";
    }
}
