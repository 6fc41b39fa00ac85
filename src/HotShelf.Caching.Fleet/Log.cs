using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Fleet;

/// <summary>Every log message of the fleet. Event ids 1100–1199.</summary>
internal static partial class Log
{
    public const int FleetRefusedId = 1100;
    public const int FleetFailedId = 1101;

    [LoggerMessage(FleetRefusedId, LogLevel.Warning, "Redis refused the status report of this node ({Reason}). Consoles do not show the node; caching is not affected.", EventName = "FleetRefused")]
    public static partial void FleetRefused(ILogger logger, string reason);

    [LoggerMessage(FleetFailedId, LogLevel.Debug, "The status report of this node could not be sent ({Reason}). Retrying.", EventName = "FleetFailed")]
    public static partial void FleetFailed(ILogger logger, string reason);
}
