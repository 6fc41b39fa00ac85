namespace HotShelf.CacheConsole.Hosting;

/// <summary>What the whole console may do; section <c>CacheConsole</c>.</summary>
internal sealed class CacheConsoleOptions
{
    public const string SectionName = "CacheConsole";

    /// <summary>No action changes anything, whoever asks: for screens on a wall and for those who only look. Default: false.</summary>
    public bool ReadOnly { get; set; }
}
