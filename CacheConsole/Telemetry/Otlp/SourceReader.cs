using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Who exports, from the attributes of its resource.</summary>
internal sealed class SourceReader(FieldReader fields, SourceTable sources)
{
    /// <summary>What the conventions call a service that says no name.</summary>
    private const string Nameless = "unknown_service";

    public Source Read(Resource? resource)
    {
        var attributes = resource is null ? [] : fields.Fields(resource.Attributes);
        var service = attributes.ValueOf("service.name");
        var instance = attributes.ValueOf("service.instance.id");
        return sources.Of(string.IsNullOrEmpty(service) ? Nameless : service, string.IsNullOrEmpty(instance) ? null : instance, attributes);
    }
}
