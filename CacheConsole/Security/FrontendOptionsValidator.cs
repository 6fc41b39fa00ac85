using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Security;

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
