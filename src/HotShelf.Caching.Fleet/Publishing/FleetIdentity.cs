using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Fleet;

/// <summary>The identity of this process.</summary>
/// <param name="Id">Unique for each cache.</param>
/// <param name="Application">The service name of telemetry, otherwise the host's application name or the program's name.</param>
/// <param name="AssemblyVersion">The program's version, without the commit.</param>
/// <param name="Instance">The instance id of telemetry; null without.</param>
/// <param name="Address">Where it listens for HTTP; null when it does not know.</param>
internal sealed record FleetIdentity(string Id, string Application, string AssemblyVersion, string? Instance = null, Uri? Address = null)
{
    private const string InstanceAttribute = "service.instance.id=";

    public string Machine { get; } = Environment.MachineName;

    public int ProcessId { get; } = Environment.ProcessId;

    public string Process => Instance ?? $"{Machine}/{ProcessId}";

    public static FleetIdentity Of(IServiceProvider services)
    {
        var program = Assembly.GetEntryAssembly() ?? typeof(FleetIdentity).Assembly;
        var version = program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? program.GetName().Version?.ToString() ?? "";
        // The service name of telemetry, so that consoles show one name.
        var application = services.GetService<IConfiguration>()?["OTEL_SERVICE_NAME"] is { Length: > 0 } service ? service
            : services.GetService<IHostEnvironment>()?.ApplicationName is { Length: > 0 } host ? host
            : program.GetName().Name ?? "";
        var instance = services.GetService<IConfiguration>()?["OTEL_RESOURCE_ATTRIBUTES"]?.Split(',', StringSplitOptions.TrimEntries)
            .FirstOrDefault(static attribute => attribute.StartsWith(InstanceAttribute, StringComparison.Ordinal) && attribute.Length > InstanceAttribute.Length)?[InstanceAttribute.Length..];
        var address = services.GetService<IOptions<FleetOptions>>()?.Value.Address ?? FleetAddress.Of(services.GetService<IConfiguration>());
        return new FleetIdentity(Guid.NewGuid().ToString("N")[..12], application, version.Split('+')[0], instance, address);
    }
}
