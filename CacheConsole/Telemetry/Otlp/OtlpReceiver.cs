using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Receives telemetry of every process that exports to it.</summary>
internal static class OtlpReceiver
{
    public static void AddOtlpReceiver(this WebApplicationBuilder builder)
    {
        builder.Services.AddTelemetryStores();
        builder.Services.AddSingleton<IValidateOptions<OtlpOptions>, OtlpOptionsValidator>();
        builder.Services.AddOptions<OtlpOptions>().BindConfiguration(OtlpOptions.SectionName).ValidateOnStart();
        builder.Services.AddSingleton<OtlpKey>();
        builder.Services.AddSingleton<OtlpHttp>();
        builder.Services.AddSingleton<ReceiverAddress>();
        builder.Services.AddGrpc();
        builder.Services.AddOptions<Grpc.AspNetCore.Server.GrpcServiceOptions>().Configure<IOptions<OtlpOptions>>(static (grpc, otlp) => grpc.MaxReceiveMessageSize = otlp.Value.MaximumRequestBytes);
        // The server needs the ports before there are services; what is wrong with them the validation says.
        builder.WebHost.ListenForOtlp(builder.Configuration.GetSection(OtlpOptions.SectionName).Get<OtlpOptions>() ?? new OtlpOptions());
    }

    /// <summary>The stores and what fills them.</summary>
    public static IServiceCollection AddTelemetryStores(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        services.AddOptions<TelemetryOptions>().BindConfiguration(TelemetryOptions.SectionName).ValidateOnStart();
        services.AddSingleton<LogStore>().AddSingleton<TraceStore>().AddSingleton<MetricStore>().AddSingleton<SourceTable>().AddSingleton<StringPool>();
        services.AddSingleton<FieldReader>().AddSingleton<SourceReader>().AddSingleton<LogReader>().AddSingleton<SpanReader>().AddSingleton<MeasurementReader>();
        return services.AddSingleton<Intake>().AddSingleton<IntakeCount>();
    }

    /// <summary>Before everything else: keeps the receiver's connections and the pages' apart, and asks the former for the key.</summary>
    public static void UseOtlpReceiver(this WebApplication app)
    {
        app.Use(static (http, next) =>
        {
            var isReceiver = http.GetEndpoint()?.Metadata.GetMetadata<ReceiverMetadata>() is not null;
            if (isReceiver != http.IsOtlpConnection())
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            return isReceiver && !http.RequestServices.GetRequiredService<OtlpKey>().IsGiven(http.Request) ? RefuseAsync(http) : next(http);
        });
    }

    public static void MapOtlpReceiver(this WebApplication app)
    {
        // Its guard is the key, not a person's session.
        var routes = app.MapGroup("").WithMetadata(new ReceiverMetadata()).AllowAnonymous().DisableAntiforgery();
        OtlpHttp.Map(routes);
        OtlpGrpc.Map(routes);
    }

    private static Task RefuseAsync(HttpContext http)
    {
        Log.TelemetryRefused(http.RequestServices.GetRequiredService<ILogger<OtlpKey>>(), http.Connection.RemoteIpAddress?.ToString() ?? "");
        http.RequestServices.GetRequiredService<IntakeCount>().Add(received: 0, rejected: 1);
        return OtlpHttp.RefuseAsync(http, StatusCodes.Status401Unauthorized, $"The header {OtlpKey.Header} must hold the key.");
    }

    /// <summary>Marks the receiver's routes.</summary>
    private sealed class ReceiverMetadata;
}
