namespace HotShelf.ProductApi.Security;

/// <summary>What an API key may be allowed.</summary>
internal static class Scopes
{
    /// <summary>Change products and prices.</summary>
    public const string Write = "write";

    /// <summary>Open sessions for users; for the service that logs them in.</summary>
    public const string Sessions = "sessions";

    /// <summary>Operate the cache; includes the other two.</summary>
    public const string Admin = "admin";

    public static readonly string[] All = [Write, Sessions, Admin];

    /// <summary>What a key configured under <paramref name="scope"/> may do.</summary>
    public static string[] GrantedBy(string scope) => scope == Admin ? All : [scope];
}
