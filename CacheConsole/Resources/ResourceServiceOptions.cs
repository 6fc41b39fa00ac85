namespace HotShelf.CacheConsole.Resources;

/// <summary>Where the local engine tells of its resources; bound from the section <c>CacheConsole:ResourceServiceClient</c>, whose names are those of Aspire's dashboard.</summary>
internal sealed class ResourceServiceOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "CacheConsole:ResourceServiceClient";

    /// <summary>What the engine sets for <see cref="Url"/>.</summary>
    public const string UrlVariable = "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL";

    /// <summary>
    /// The engine's address. Default: what <c>ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL</c> says where a key is given
    /// too, else none: there are no resources to show then.
    /// </summary>
    public string? Url { get; set; }

    /// <summary><c>ApiKey</c> or <c>Unsecured</c>. Default: <c>ApiKey</c>.</summary>
    public string AuthMode { get; set; } = "ApiKey";

    /// <summary>What the engine asks for in the header <c>x-resource-service-api-key</c>. Default: none.</summary>
    public string? ApiKey { get; set; }

    // Real Aspire's variable of that name, which speaks another protocol, is inherited by everything it starts; without a key it is not meant for us.
    public static void AddVariable(ResourceServiceOptions options, IConfiguration configuration)
    {
        if (options.ApiKey is { Length: > 0 } || options.AuthMode == "Unsecured")
            options.Url ??= configuration[UrlVariable];
    }
}
