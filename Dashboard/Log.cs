namespace HotShelf.Dashboard;

/// <summary>Every message of this project. Event ids 7000 to 7099: the pages; from 7100: telemetry and resources.</summary>
internal static partial class Log
{
    private const int LoginLinkId = 7000;
    private const int UnsecuredId = 7001;
    private const int SignInRefusedId = 7002;

    [LoggerMessage(LoginLinkId, LogLevel.Information, "Open the dashboard at {Link}", EventName = "LoginLink")]
    public static partial void LoginLink(ILogger logger, string link);

    [LoggerMessage(UnsecuredId, LogLevel.Warning, "Dashboard:Frontend:AuthMode is Unsecured: everybody who reaches this address sees and does everything", EventName = "Unsecured")]
    public static partial void Unsecured(ILogger logger);

    [LoggerMessage(SignInRefusedId, LogLevel.Warning, "Somebody at {Address} presented a wrong token", EventName = "SignInRefused")]
    public static partial void SignInRefused(ILogger logger, string address);
}
