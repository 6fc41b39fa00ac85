namespace HotShelf.ProductApi.Sessions;

/// <summary>Names and times of sessions.</summary>
internal static class SessionDefaults
{
    public const string Scheme = "Session";
    public const string Family = "session";

    /// <summary>The keyed cache of sessions, and its connection string, when they have a server of their own.</summary>
    public const string Cache = "sessions";

    /// <summary>A session unused for this long has ended.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(20);

    /// <summary>However much it is used, a session ends after this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(12);
}
