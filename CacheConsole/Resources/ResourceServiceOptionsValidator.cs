using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Resources;

/// <summary>Names every setting that is wrong by its configuration key; the key itself is not repeated.</summary>
internal sealed class ResourceServiceOptionsValidator : IValidateOptions<ResourceServiceOptions>
{
    public ValidateOptionsResult Validate(string? name, ResourceServiceOptions options)
    {
        var failures = new List<string>();
        if (options.Url is not null && !(Uri.TryCreate(options.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
            failures.Add($"{Key(nameof(options.Url))} is '{options.Url}'; allowed is an http or https address.");
        if (options.AuthMode is not ("ApiKey" or "Unsecured"))
            failures.Add($"{Key(nameof(options.AuthMode))} is '{options.AuthMode}'; allowed is ApiKey or Unsecured.");
        if (options is { Url: not null, AuthMode: "ApiKey", ApiKey: null or "" })
            failures.Add($"{Key(nameof(options.ApiKey))} is empty; with {Key(nameof(options.AuthMode))}=ApiKey it is needed.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static string Key(string member) => $"{ResourceServiceOptions.SectionName}:{member}";
}
