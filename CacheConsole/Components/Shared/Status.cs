namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>How something is, from best to worst.</summary>
public enum Status
{
    /// <summary>Nothing is known, or nothing is to be said.</summary>
    Neutral,
    Good,
    Busy,
    Warning,
    Bad,
}
