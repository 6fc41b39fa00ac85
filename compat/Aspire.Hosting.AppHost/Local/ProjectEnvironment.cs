using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Local;

/// <summary>The environment that every project gets, before what the AppHost adds.</summary>
internal static class ProjectEnvironment
{
    public static void Add(EnvironmentCallbackContext context, ProjectResource project, string? profileName, LaunchProfile? profile)
    {
        var variables = context.EnvironmentVariables;
        variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        var endpoints = project.Annotations.OfType<EndpointAnnotation>().Where(e => e.UriScheme is "http" or "https").ToArray();
        if (context.ExecutionContext.IsPublishMode)
        {
            if (!project.HasAnnotationOfType<ProjectResourceBuilderExtensions.DisableForwardedHeadersAnnotation>())
                variables["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
            AddPorts(variables, project, [.. endpoints.Where(e => e.UriScheme == "http")], "HTTP_PORTS");
            AddPorts(variables, project, [.. endpoints.Where(e => e is { UriScheme: "https", FromLaunchProfile: false })], "HTTPS_PORTS");
            return;
        }

        AddTelemetry(context, project);
        if (endpoints.Length > 0)
        {
            // https first, as a launch profile has it; each replica has ports of its own.
            variables["ASPNETCORE_URLS"] = string.Join(';', endpoints.OrderByDescending(e => e.UriScheme == "https")
                .Select(e => $"{e.UriScheme}://{e.TargetHost}:{ReplicaTemplate.PortOf(project.Name, e.Name)}"));
            if (endpoints.FirstOrDefault(e => e.UriScheme == "https")?.AllocatedEndpoint is { } https)
                variables["ASPNETCORE_HTTPS_PORT"] = $"{https.Port}";
        }

        if (profile is not null)
        {
            variables.TryAdd("DOTNET_LAUNCH_PROFILE", profileName!);
            foreach (var (name, value) in profile.EnvironmentVariables)
                variables.TryAdd(name, Environment.ExpandEnvironmentVariables(value));
        }

        variables["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true";
        variables["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
    }

    // The dashboard learns of the resources by the variables that real Aspire gives its own.
    private static void AddResourceService(Dictionary<string, object> variables, ControlAddress control, SecretValues secrets)
    {
        if (control.Url is null)
            return;
        secrets.Add(control.Key);
        variables["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = control.Url.GetLeftPart(UriPartial.Authority);
        variables["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey";
        variables["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = control.Key;
    }

    private static void AddPorts(Dictionary<string, object> variables, ProjectResource project, EndpointAnnotation[] endpoints, string name)
    {
        if (endpoints.Length == 0)
            return;
        var ports = new ReferenceExpressionBuilder();
        foreach (var endpoint in endpoints)
        {
            if (!ports.IsEmpty)
                ports.AppendLiteral(";");
            ports.AppendFormatted(new EndpointReference(project, endpoint).Property(EndpointProperty.TargetPort));
        }

        variables[name] = ports.Build();
    }

    private static void AddTelemetry(EnvironmentCallbackContext context, ProjectResource project)
    {
        var variables = context.EnvironmentVariables;
        var services = context.ExecutionContext.ServiceProvider;
        var isDevelopment = services.GetRequiredService<IHostEnvironment>().IsDevelopment();
        if (isDevelopment)
        {
            variables["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true";
            variables["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "true";
        }

        var telemetry = Telemetry.Find(services);
        if (telemetry is not null && !ReferenceEquals(telemetry.Receiver, project))
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = telemetry.Endpoint;
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = telemetry.Protocol;
            if (telemetry.ApiKey is { } sent)
                variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={sent}";
        }
        else if (telemetry?.ApiKey is { } key)
        {
            AddResourceService(variables, services.GetRequiredService<ControlAddress>(), services.GetRequiredService<SecretValues>());
            variables["DASHBOARD__FRONTEND__AUTHMODE"] = "BrowserToken";
            variables["DASHBOARD__FRONTEND__BROWSERTOKEN"] = DashboardLogin.TokenOf(services);
            variables[telemetry.Protocol == "grpc" ? "DASHBOARD__OTLP__GRPCENDPOINTURL" : "DASHBOARD__OTLP__HTTPENDPOINTURL"] =
                $"http://localhost:{ReplicaTemplate.PortOf(project.Name, Telemetry.EndpointName)}";
            variables["DASHBOARD__OTLP__AUTHMODE"] = "ApiKey";
            variables["DASHBOARD__OTLP__PRIMARYAPIKEY"] = key;
        }

        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={ReplicaTemplate.Suffix}";
        variables["OTEL_SERVICE_NAME"] = project.Name;
        if (!isDevelopment)
            return;
        foreach (var name in (string[])["OTEL_BLRP_SCHEDULE_DELAY", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_METRIC_EXPORT_INTERVAL"])
            variables[name] = "1000";
        variables["OTEL_TRACES_SAMPLER"] = "always_on";
        variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
        variables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true";
    }
}

/// <summary>Where telemetry goes: a resource with an endpoint named <c>otlp</c>, else what <c>ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL</c> names outside this engine.</summary>
internal sealed record Telemetry(object Endpoint, string Protocol, string? ApiKey, IResource? Receiver)
{
    public const string EndpointName = "otlp";

    public static Telemetry? Find(IServiceProvider services)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var receiver = services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<IResourceWithEndpoints>()
            .Select(resource => new EndpointReference(resource, EndpointName)).FirstOrDefault(endpoint => endpoint.Exists);
        if (receiver is not null)
        {
            var key = services.GetRequiredService<AppHostSpace>().Secrets.GetOrAdd("AppHost:OtlpApiKey", static () => System.Security.Cryptography.RandomNumberGenerator.GetHexString(32, lowercase: true));
            services.GetRequiredService<SecretValues>().Add(configuration["AppHost:OtlpApiKey"] ?? key);
            return new Telemetry(receiver, receiver.EndpointAnnotation.Transport == "http2" ? "grpc" : "http/protobuf", configuration["AppHost:OtlpApiKey"] ?? key, receiver.Resource);
        }

        // A launch profile names the ports of real Aspire's dashboard, which is not here: only an address given on purpose counts.
        return configuration["LocalEngine:OtlpEndpoint"] is { } url ? new Telemetry(url, configuration["LocalEngine:OtlpProtocol"] ?? "grpc", configuration["AppHost:OtlpApiKey"], null) : null;
    }
}
