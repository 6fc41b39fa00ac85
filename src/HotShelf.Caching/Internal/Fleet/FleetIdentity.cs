using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>Who this process is.</summary>
/// <param name="Id">New with each cache.</param>
/// <param name="Application">The service's name in telemetry, or the host's name for it, or the program's.</param>
/// <param name="AssemblyVersion">The program's version, without the commit it was built from.</param>
internal sealed record FleetIdentity(string Id, string Application, string AssemblyVersion)
{
    public string Machine { get; } = Environment.MachineName;

    public int ProcessId { get; } = Environment.ProcessId;

    public string Process => $"{Machine}/{ProcessId}";

    public static FleetIdentity Of(IServiceProvider services)
    {
        var program = Assembly.GetEntryAssembly() ?? typeof(FleetIdentity).Assembly;
        var version = program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? program.GetName().Version?.ToString() ?? "";
        // The name under which its telemetry goes, so that consoles know it by one name.
        var application = services.GetService<IConfiguration>()?["OTEL_SERVICE_NAME"] is { Length: > 0 } service ? service
            : services.GetService<IHostEnvironment>()?.ApplicationName is { Length: > 0 } host ? host
            : program.GetName().Name ?? "";
        return new FleetIdentity(Guid.NewGuid().ToString("N")[..12], application, version.Split('+')[0]);
    }
}
