using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Executables;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Running '{Resource}' as a local process{Reason}", EventName = "RunsAsExecutable")]
    public static partial void RunsAsExecutable(ILogger logger, string resource, string reason);

    [LoggerMessage(2, LogLevel.Error, "{Message}", EventName = "ServerNotStarted")]
    public static partial void ServerNotStarted(ILogger logger, string message);

    [LoggerMessage(3, LogLevel.Information, "Waiting for process {ProcessId} to release the data in {Folder}", EventName = "WaitingForData")]
    public static partial void WaitingForData(ILogger logger, int processId, string folder);

    [LoggerMessage(4, LogLevel.Information, "Removed stale file {File} of a server that was killed", EventName = "RemovedStalePidFile")]
    public static partial void RemovedStalePidFile(ILogger logger, string file);

    [LoggerMessage(5, LogLevel.Information, "Creating the database cluster in {Folder}", EventName = "CreatingCluster")]
    public static partial void CreatingCluster(ILogger logger, string folder);

    [LoggerMessage(6, LogLevel.Information, "Password changed; updating it in the database cluster", EventName = "ChangingPassword")]
    public static partial void ChangingPassword(ILogger logger);
}
