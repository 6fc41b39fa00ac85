using Grpc.Core;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): the same three calls.</summary>
internal static class OtlpGrpc
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<Logs>();
        routes.MapGrpcService<Traces>();
        routes.MapGrpcService<Metrics>();
    }

    internal sealed class Logs(Intake intake) : LogsService.LogsServiceBase
    {
        public override Task<ExportLogsServiceResponse> Export(ExportLogsServiceRequest request, ServerCallContext context) => Task.FromResult(intake.Take(request));
    }

    internal sealed class Traces(Intake intake) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context) => Task.FromResult(intake.Take(request));
    }

    internal sealed class Metrics(Intake intake) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context) => Task.FromResult(intake.Take(request));
    }
}
