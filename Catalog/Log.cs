using Microsoft.Extensions.Logging;

namespace HotShelf.Catalog;

/// <summary>What the catalog logs. Event ids 4000 to 4099 are its own.</summary>
internal static partial class Log
{
    public const int ScriptAppliedId = 4000;
    public const int SeededId = 4001;
    public const int WaitingForDatabaseId = 4002;
    public const int ScriptUnknownId = 4003;
    public const int SetupFailedId = 4004;

    [LoggerMessage(ScriptAppliedId, LogLevel.Information, "Schema script {Script} applied", EventName = "SchemaScriptApplied")]
    public static partial void ScriptApplied(ILogger logger, string script);

    [LoggerMessage(SeededId, LogLevel.Information, "Seeded {Products} products and {Profiles} profiles in {Seconds:0.0} s", EventName = "CatalogSeeded")]
    public static partial void Seeded(ILogger logger, int products, int profiles, double seconds);

    [LoggerMessage(WaitingForDatabaseId, LogLevel.Warning, "The database does not answer yet (attempt {Attempt}: {Reason}); next attempt in {Seconds:0.0} s", EventName = "WaitingForDatabase")]
    public static partial void WaitingForDatabase(ILogger logger, int attempt, double seconds, string reason);

    [LoggerMessage(ScriptUnknownId, LogLevel.Warning, "The database has schema script {Script}, which this build does not know: a newer build was here", EventName = "SchemaScriptUnknown")]
    public static partial void ScriptUnknown(ILogger logger, string script);

    [LoggerMessage(SetupFailedId, LogLevel.Critical, "The database cannot be brought up to date; this process ends", EventName = "CatalogSetupFailed")]
    public static partial void SetupFailed(ILogger logger, Exception failure);
}
