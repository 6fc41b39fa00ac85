using Google.Protobuf;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp): protobuf, plain or packed with gzip.</summary>
internal sealed class OtlpHttp(Intake intake, IOptions<OtlpOptions> options, ILogger<OtlpHttp> logger)
{
    private const string Protobuf = "application/x-protobuf";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/logs", static (HttpContext http, OtlpHttp self) => self.AnswerAsync(http, ExportLogsServiceRequest.Parser, self._intake.Take));
        routes.MapPost("/v1/traces", static (HttpContext http, OtlpHttp self) => self.AnswerAsync(http, ExportTraceServiceRequest.Parser, self._intake.Take));
        routes.MapPost("/v1/metrics", static (HttpContext http, OtlpHttp self) => self.AnswerAsync(http, ExportMetricsServiceRequest.Parser, self._intake.Take));
    }

    private readonly Intake _intake = intake;

    private async Task AnswerAsync<TRequest>(HttpContext http, MessageParser<TRequest> parser, Func<TRequest, IMessage> take)
        where TRequest : IMessage<TRequest>
    {
        var request = http.Request;
        if (request.ContentType?.Split(';')[0].Trim().Equals(Protobuf, StringComparison.OrdinalIgnoreCase) != true)
        {
            await RefuseAsync(http, StatusCodes.Status415UnsupportedMediaType, $"The content type must be {Protobuf}.");
            return;
        }

        if (!OtlpBody.IsKnownEncoding(request))
        {
            await RefuseAsync(http, StatusCodes.Status415UnsupportedMediaType, "The content encoding must be gzip or none.");
            return;
        }

        try
        {
            var message = await OtlpBody.ReadAsync(request, parser, options.Value.MaximumRequestBytes, http.RequestAborted);
            await WriteAsync(http.Response, take(message));
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException)
        {
            Log.TelemetryMalformed(logger, request.Path, exception.Message);
            await RefuseAsync(http, StatusCodes.Status400BadRequest, $"The body cannot be read: {exception.Message}");
        }
        catch (Exception exception) when (exception is OtlpBody.TooLargeException or BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
        {
            Log.TelemetryTooLarge(logger, request.Path, options.Value.MaximumRequestBytes);
            await RefuseAsync(http, StatusCodes.Status413PayloadTooLarge, $"The body has more than {options.Value.MaximumRequestBytes} bytes.");
        }
    }

    /// <summary>Answers with the status that the specification wants in the body.</summary>
    public static Task RefuseAsync(HttpContext http, int statusCode, string message)
    {
        http.Response.StatusCode = statusCode;
        var code = statusCode switch
        {
            StatusCodes.Status401Unauthorized => Grpc.Core.StatusCode.Unauthenticated,
            StatusCodes.Status413PayloadTooLarge => Grpc.Core.StatusCode.ResourceExhausted,
            _ => Grpc.Core.StatusCode.InvalidArgument,
        };
        return WriteAsync(http.Response, new RpcStatus { Code = (int)code, Message = message });
    }

    private static async Task WriteAsync(HttpResponse response, IMessage message)
    {
        response.ContentType = Protobuf;
        var bytes = message.ToByteArray();
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, response.HttpContext.RequestAborted);
    }
}
