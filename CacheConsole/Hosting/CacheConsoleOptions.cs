namespace HotShelf.CacheConsole.Hosting;

/// <summary>Settings of the whole console; section <c>CacheConsole</c>.</summary>
internal sealed class CacheConsoleOptions
{
    public const string SectionName = "CacheConsole";

    /// <summary>No action changes anything, for any user: for wall displays and read-only access. Default: false.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Where Aspire's dashboard is, for a link in the menu: resources, logs, traces and metrics are shown there. Default: none, then there is no link.</summary>
    public Uri? AspireDashboardUrl { get; set; }
}
