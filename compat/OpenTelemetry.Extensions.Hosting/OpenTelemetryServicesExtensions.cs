using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Extensions.Hosting.Implementation;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds OpenTelemetry to a host.</summary>
public static class OpenTelemetryServicesExtensions
{
    /// <summary>Starts the telemetry providers with the host; may be called many times, all calls configure the same providers.</summary>
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!services.Any(static service => service.ServiceType == typeof(IHostedService) && service.ImplementationType == typeof(TelemetryHostedService)))
        {
            // First of all hosted services, so that what the others do while they start is seen too.
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TelemetryHostedService>());
        }

        return new OpenTelemetryBuilder(services);
    }
}
