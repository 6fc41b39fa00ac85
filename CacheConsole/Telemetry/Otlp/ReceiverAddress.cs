using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Where telemetry is received, for a person.</summary>
internal sealed class ReceiverAddress(IOptions<OtlpOptions> options)
{
    public bool IsListening => Addresses.Length > 0;

    public string Addresses { get; } = string.Join(" and ", new[]
    {
        options.Value.HttpEndpointUrl is { } http ? $"{http} (HTTP)" : null,
        options.Value.GrpcEndpointUrl is { } grpc ? $"{grpc} (gRPC)" : null,
    }.OfType<string>());
}
