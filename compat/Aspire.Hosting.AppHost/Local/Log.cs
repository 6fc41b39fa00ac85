using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>Every message of the engine.</summary>
internal static partial class Log
{
    public const int CommandFailedId = 1;
    public const int StartFailedId = 2;
    public const int WaitingForId = 3;
    public const int StartedId = 4;
    public const int EndedId = 5;
    public const int NoteId = 6;
    public const int CallbackFailedId = 7;
    public const int PublishedId = 8;
    public const int EndingFailedId = 9;

    [LoggerMessage(CommandFailedId, LogLevel.Error, "Command '{Command}' failed: {Reason}", EventName = "CommandFailed")]
    public static partial void CommandFailed(ILogger logger, string command, string reason);

    [LoggerMessage(StartFailedId, LogLevel.Error, "{Resource} did not start: {Reason}", EventName = "StartFailed")]
    public static partial void StartFailed(ILogger logger, string resource, string reason);

    [LoggerMessage(WaitingForId, LogLevel.Information, "Waiting for {Dependencies}", EventName = "WaitingFor")]
    public static partial void WaitingFor(ILogger logger, string dependencies);

    [LoggerMessage(StartedId, LogLevel.Information, "Started as process {ProcessId}: {Program}", EventName = "Started")]
    public static partial void Started(ILogger logger, int processId, string program);

    [LoggerMessage(EndedId, LogLevel.Information, "Ended with exit code {ExitCode}", EventName = "Ended")]
    public static partial void Ended(ILogger logger, int exitCode);

    [LoggerMessage(NoteId, LogLevel.Information, "{Note}", EventName = "Note")]
    public static partial void Note(ILogger logger, string note);

    [LoggerMessage(CallbackFailedId, LogLevel.Error, "A callback of the application failed", EventName = "CallbackFailed")]
    public static partial void CallbackFailed(ILogger logger, Exception exception);

    [LoggerMessage(EndingFailedId, LogLevel.Warning, "While ending: {Reason}", EventName = "EndingFailed")]
    public static partial void EndingFailed(ILogger logger, string reason);

    [LoggerMessage(PublishedId, LogLevel.Information, "Published manifest to: {Path}", EventName = "Published")]
    public static partial void Published(ILogger logger, string path);
}
