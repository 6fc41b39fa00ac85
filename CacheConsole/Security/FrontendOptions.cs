using Microsoft.Extensions.Options;
namespace HotShelf.CacheConsole.Security;

/// <summary>Who may open the console.</summary>
internal enum FrontendAuthMode
{
    /// <summary>Everyone who has the token; the default.</summary>
    BrowserToken,

    /// <summary>Everybody who reaches it: only behind a proxy that asks for itself.</summary>
    Unsecured,
}

/// <summary>How the pages are reached; section <c>CacheConsole:Frontend</c>, with the names that Aspire's dashboard has.</summary>
internal sealed class FrontendOptions
{
    public const string SectionName = "CacheConsole:Frontend";

    /// <summary>The shortest token, in characters.</summary>
    public const int MinimumTokenLength = 16;

    /// <summary>Who may open it. Default: <see cref="FrontendAuthMode.BrowserToken"/>.</summary>
    public FrontendAuthMode AuthMode { get; set; }

    /// <summary>The token of the login link, at least 16 characters. Default: none, then each start makes a new one and prints the link.</summary>
    public string? BrowserToken { get; set; }

    /// <summary>The address that people use, when a proxy stands between: for the printed link, and with https for a cookie that travels under TLS only. Default: none, the address that the process listens on.</summary>
    public Uri? PublicUrl { get; set; }
}

/// <summary>Says what is wrong by configuration key; of the token never the value.</summary>
internal sealed class FrontendOptionsValidator : IValidateOptions<FrontendOptions>
{
    public ValidateOptionsResult Validate(string? name, FrontendOptions options)
    {
        List<string> failures = [];
        if (!Enum.IsDefined(options.AuthMode))
            failures.Add($"{FrontendOptions.SectionName}:AuthMode is {options.AuthMode}; allowed are {string.Join(", ", Enum.GetNames<FrontendAuthMode>())}.");
        if (options.BrowserToken is { Length: > 0 and < FrontendOptions.MinimumTokenLength } token)
            failures.Add($"{FrontendOptions.SectionName}:BrowserToken has {token.Length} characters; give it at least {FrontendOptions.MinimumTokenLength}.");
        if (options.PublicUrl is { } url && !(url.IsAbsoluteUri && url.Scheme is "http" or "https"))
            failures.Add($"{FrontendOptions.SectionName}:PublicUrl is '{url}'; allowed is an address such as https://console.example.com.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
