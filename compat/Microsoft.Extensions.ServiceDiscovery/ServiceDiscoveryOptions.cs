namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>How service names in URLs are resolved.</summary>
public sealed class ServiceDiscoveryOptions
{
    /// <summary>Whether every scheme of <c>first+second://</c> is tried, whatever <see cref="AllowedSchemes"/> says. Default: true.</summary>
    public bool AllowAllSchemes { get; set; } = true;

    /// <summary>The schemes that may be used when <see cref="AllowAllSchemes"/> is off, such as <c>https</c>.</summary>
    public IList<string> AllowedSchemes { get; set; } = [];
}
