namespace HotShelf.Dashboard.Hosting;

/// <summary>What the whole dashboard may do; section <c>Dashboard</c>.</summary>
internal sealed class DashboardOptions
{
    public const string SectionName = "Dashboard";

    /// <summary>No action changes anything, whoever asks: for screens on a wall and for those who only look. Default: false.</summary>
    public bool ReadOnly { get; set; }
}
