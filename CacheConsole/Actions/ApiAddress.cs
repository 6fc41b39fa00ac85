namespace HotShelf.CacheConsole.Actions;

/// <summary>Whether the console knows the API and has a key for it; without them it is read-only.</summary>
internal sealed class ApiAddress(IConfiguration configuration)
{
    /// <summary>The service's name; where it is, service discovery knows.</summary>
    public const string Service = "productapi";

    public string? Key => configuration["Api:Key"];

    /// <summary>True when an address of the API is configured.</summary>
    public bool IsKnown => configuration.GetSection($"Services:{Service}").GetChildren().Any();

    /// <summary>What is missing for actions; null when nothing is.</summary>
    public string? MissingBecause =>
        !IsKnown ? $"The address of the API is not set: start the console with --Api http://host:port (or Services:{Service}:http:0)."
        : string.IsNullOrEmpty(Key) ? "The console has no API key: give it one with the scope 'admin' as Api:Key."
        : null;
}
