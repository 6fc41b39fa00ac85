namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Where and from whom telemetry is received; bound from the section <c>CacheConsole:Otlp</c>, whose names are those of Aspire's dashboard.</summary>
internal sealed class OtlpOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "CacheConsole:Otlp";

    /// <summary>Where OTLP over HTTP is received, such as <c>http://localhost:4318</c>, or <c>http://*:4318</c> for everywhere. Default: nowhere.</summary>
    public string? HttpEndpointUrl { get; set; }

    /// <summary>Where OTLP over gRPC (HTTP/2 without TLS) is received, such as <c>http://localhost:4317</c>. Default: nowhere.</summary>
    public string? GrpcEndpointUrl { get; set; }

    /// <summary>Whether senders have to know a key. Default: they have to.</summary>
    public OtlpAuthMode AuthMode { get; set; } = OtlpAuthMode.ApiKey;

    /// <summary>What the header <c>x-otlp-api-key</c> has to hold. Default: none.</summary>
    public string? PrimaryApiKey { get; set; }

    /// <summary>Holds as well, to rotate keys. Default: none.</summary>
    public string? SecondaryApiKey { get; set; }

    /// <summary>Bytes of a request, as sent and as unpacked; a larger one is refused. Default: 8 MiB.</summary>
    public int MaximumRequestBytes { get; set; } = 8 << 20;
}

/// <summary>With the names of Aspire's dashboard.</summary>
internal enum OtlpAuthMode
{
    /// <summary>The header <c>x-otlp-api-key</c> must hold one of the keys.</summary>
    ApiKey,

    /// <summary>Everybody who reaches the port may send.</summary>
    Unsecured,
}
