namespace HotShelf.CacheConsole.Hosting;

/// <summary>Settings of the whole console; section <c>CacheConsole</c>.</summary>
internal sealed class CacheConsoleOptions
{
    public const string SectionName = "CacheConsole";

    /// <summary>No action changes anything, for any user: for wall displays and read-only access. Default: false.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Where Aspire's dashboard is, for a link in the menu: resources, logs, traces and metrics are shown there. Default: none, then there is no link.</summary>
    public Uri? AspireDashboardUrl { get; set; }

    /// <summary>
    /// Where each action of an operator is appended as a line of JSON, so that the audit trail outlives Redis' data. Default: <c>hotshelf/console-audit.jsonl</c> in the user's folder
    /// for application data; empty: no file.
    /// </summary>
    public string? AuditFile { get; set; } = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } folder ? Path.Combine(folder, "hotshelf", "console-audit.jsonl") : null;
}
