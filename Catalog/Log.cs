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
    public const int WaitingForSchemaId = 4005;
    public const int WaitingForLocksId = 4006;
    public const int NotSeededId = 4007;

    [LoggerMessage(ScriptAppliedId, LogLevel.Information, "Applied schema script {Script}", EventName = "SchemaScriptApplied")]
    public static partial void ScriptApplied(ILogger logger, string script);

    [LoggerMessage(SeededId, LogLevel.Information, "Seeded {Products} products and {Profiles} profiles in {Seconds:0.0} s", EventName = "CatalogSeeded")]
    public static partial void Seeded(ILogger logger, int products, int profiles, double seconds);

    [LoggerMessage(NotSeededId, LogLevel.Warning, "Catalog:SampleData is set, and the database has products or profiles already: the sample is only added to an empty one", EventName = "CatalogNotSeeded")]
    public static partial void NotSeeded(ILogger logger);

    [LoggerMessage(WaitingForDatabaseId, LogLevel.Warning, "Database not available ({Reason}). Retrying in {Seconds:0.0} s", EventName = "WaitingForDatabase")]
    public static partial void WaitingForDatabase(ILogger logger, string reason, double seconds);

    [LoggerMessage(ScriptUnknownId, LogLevel.Warning, "Database contains unknown schema script {Script}, probably applied by a newer build", EventName = "SchemaScriptUnknown")]
    public static partial void ScriptUnknown(ILogger logger, string script);

    [LoggerMessage(SetupFailedId, LogLevel.Critical, "Database migration failed. Stopping the process", EventName = "CatalogSetupFailed")]
    public static partial void SetupFailed(ILogger logger, Exception failure);

    [LoggerMessage(WaitingForSchemaId, LogLevel.Warning, "Schema script {Script} is not applied: run the command 'migrate' of the worker. Checking again in {Seconds:0.0} s", EventName = "WaitingForSchema")]
    public static partial void WaitingForSchema(ILogger logger, string script, double seconds);

    [LoggerMessage(WaitingForLocksId, LogLevel.Warning, "Schema script {Script} waits for tables that other transactions use. Trying again in {Seconds:0.0} s", EventName = "WaitingForLocks")]
    public static partial void WaitingForLocks(ILogger logger, string script, double seconds);
}
