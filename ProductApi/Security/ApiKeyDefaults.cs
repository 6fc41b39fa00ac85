namespace HotShelf.ProductApi.Security;

/// <summary>Names of the API key scheme.</summary>
internal static class ApiKeyDefaults
{
    public const string Scheme = "ApiKey";
    public const string Header = "X-Api-Key";
    public const string ScopeClaim = "scope";
}
