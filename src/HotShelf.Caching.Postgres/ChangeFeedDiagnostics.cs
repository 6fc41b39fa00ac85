namespace HotShelf.Caching.Postgres;

/// <summary>The names of what the change feed measures.</summary>
public static class ChangeFeedDiagnostics
{
    /// <summary>The meter of all instruments <c>hotshelf.feed.*</c>.</summary>
    public const string MeterName = "HotShelf.Caching.Postgres";
}
