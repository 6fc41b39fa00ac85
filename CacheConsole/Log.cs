namespace HotShelf.CacheConsole;

/// <summary>Every message of this project. Event ids 7000 to 7099.</summary>
internal static partial class Log
{
    private const int LoginLinkId = 7000;
    private const int UnsecuredId = 7001;
    private const int SignInRefusedId = 7002;
    private const int EventsInterruptedId = 7010;
    private const int OperatorActionId = 7020;
    private const int ActionFailedId = 7021;
    private const int AuditNotWrittenId = 7022;
    private const int AuditFileFailedId = 7023;

    [LoggerMessage(LoginLinkId, LogLevel.Information, "Open the console at {Link}", EventName = "LoginLink")]
    public static partial void LoginLink(ILogger logger, string link);

    [LoggerMessage(UnsecuredId, LogLevel.Warning, "CacheConsole:Frontend:AuthMode is Unsecured: anyone who can reach this address has full access", EventName = "Unsecured")]
    public static partial void Unsecured(ILogger logger);

    [LoggerMessage(SignInRefusedId, LogLevel.Warning, "Sign-in from {Address} refused: wrong token", EventName = "SignInRefused")]
    public static partial void SignInRefused(ILogger logger, string address);

    [LoggerMessage(EventsInterruptedId, LogLevel.Warning, "Cache event feed disconnected. Reconnecting", EventName = "EventsInterrupted")]
    public static partial void EventsInterrupted(ILogger logger, Exception exception);

    [LoggerMessage(OperatorActionId, LogLevel.Information, "Operator action by {Actor}: {Action}", EventName = "OperatorAction")]
    public static partial void OperatorAction(ILogger logger, string actor, string action);

    [LoggerMessage(ActionFailedId, LogLevel.Warning, "Operator action '{Action}' failed: {Reason}", EventName = "ActionFailed")]
    public static partial void ActionFailed(ILogger logger, string action, string reason, Exception? exception);

    [LoggerMessage(AuditNotWrittenId, LogLevel.Warning, "Writing the audit entry for '{Action}' failed", EventName = "AuditNotWritten")]
    public static partial void AuditNotWritten(ILogger logger, string action, Exception exception);

    [LoggerMessage(AuditFileFailedId, LogLevel.Warning, "The audit file {File} could not be read or written: {Reason}", EventName = "AuditFileFailed")]
    public static partial void AuditFileFailed(ILogger logger, string file, string reason);
}
