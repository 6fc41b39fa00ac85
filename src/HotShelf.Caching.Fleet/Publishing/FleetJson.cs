using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HotShelf.Caching.Fleet;

/// <summary>The stored format of nodes and events. Other versions of this library read and write it too: unknown properties are ignored.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CacheEvent))]
[JsonSerializable(typeof(FleetNodeDocument))]
[JsonSerializable(typeof(CacheNodeReportDocument))]
internal sealed partial class FleetJson : JsonSerializerContext
{
    public static string Write(CacheEvent told) => JsonSerializer.Serialize(told, Default.CacheEvent);

    public static string Write(FleetNodeDocument node) => JsonSerializer.Serialize(node, Default.FleetNodeDocument);

    public static string Write(CacheNodeReportDocument report) => JsonSerializer.Serialize(report, Default.CacheNodeReportDocument);

    public static bool TryReadReport(string? text, [NotNullWhen(true)] out CacheNodeReportDocument? report) => TryRead(text, Default.CacheNodeReportDocument, out report);

    public static bool TryReadEvent(string? text, [NotNullWhen(true)] out CacheEvent? told) => TryRead(text, Default.CacheEvent, out told);

    public static bool TryReadNode(string? text, [NotNullWhen(true)] out FleetNodeDocument? node) => TryRead(text, Default.FleetNodeDocument, out node);

    private static bool TryRead<T>(string? text, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value)
        where T : class
    {
        try
        {
            value = text is null ? null : JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException)
        {
            value = null;
        }

        return value is not null;
    }
}
