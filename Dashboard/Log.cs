namespace HotShelf.Dashboard;

/// <summary>Every message of this project. Event ids 7000 to 7099: the pages; from 7100: telemetry and resources.</summary>
internal static partial class Log
{
    private const int TelemetryMalformedId = 7100;
    private const int TelemetryTooLargeId = 7101;
    private const int TelemetryRefusedId = 7102;

    [LoggerMessage(TelemetryMalformedId, LogLevel.Warning, "Telemetry sent to {Path} cannot be read: {Reason}", EventName = "TelemetryMalformed")]
    public static partial void TelemetryMalformed(ILogger logger, string path, string reason);

    [LoggerMessage(TelemetryTooLargeId, LogLevel.Warning, "Telemetry sent to {Path} is larger than Dashboard:Otlp:MaximumRequestBytes ({Maximum}) and was refused", EventName = "TelemetryTooLarge")]
    public static partial void TelemetryTooLarge(ILogger logger, string path, int maximum);

    [LoggerMessage(TelemetryRefusedId, LogLevel.Warning, "Telemetry sent by {Address} without the key of Dashboard:Otlp:PrimaryApiKey was refused", EventName = "TelemetryRefused")]
    public static partial void TelemetryRefused(ILogger logger, string address);
}
