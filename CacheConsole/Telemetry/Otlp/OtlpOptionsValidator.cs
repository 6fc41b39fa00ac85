using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Names every setting that is wrong by its configuration key; keys themselves are not repeated.</summary>
internal sealed class OtlpOptionsValidator : IValidateOptions<OtlpOptions>
{
    private const int LeastKeyLength = 16;

    public ValidateOptionsResult Validate(string? name, OtlpOptions options)
    {
        var failures = new List<string>();
        CheckUrl(nameof(options.HttpEndpointUrl), options.HttpEndpointUrl);
        CheckUrl(nameof(options.GrpcEndpointUrl), options.GrpcEndpointUrl);
        if (OtlpListening.PortOf(options.HttpEndpointUrl) is { } port && port == OtlpListening.PortOf(options.GrpcEndpointUrl))
            failures.Add($"{Key(nameof(options.GrpcEndpointUrl))} is '{options.GrpcEndpointUrl}', the port of {Key(nameof(options.HttpEndpointUrl))}; without TLS each protocol needs a port of its own.");
        if (options.MaximumRequestBytes is < 1024 or > 1 << 28)
            failures.Add($"{Key(nameof(options.MaximumRequestBytes))} is '{options.MaximumRequestBytes}'; allowed is 1024 to {1 << 28}.");
        if (!Enum.IsDefined(options.AuthMode))
            failures.Add($"{Key(nameof(options.AuthMode))} is '{options.AuthMode}'; allowed is ApiKey or Unsecured.");
        CheckKey(nameof(options.PrimaryApiKey), options.PrimaryApiKey);
        CheckKey(nameof(options.SecondaryApiKey), options.SecondaryApiKey);
        var listens = options.HttpEndpointUrl is not null || options.GrpcEndpointUrl is not null;
        if (listens && options is { AuthMode: OtlpAuthMode.ApiKey, PrimaryApiKey: null or "" })
            failures.Add($"{Key(nameof(options.PrimaryApiKey))} is empty; with {Key(nameof(options.AuthMode))}=ApiKey a key of at least {LeastKeyLength} characters is needed, or {Key(nameof(options.AuthMode))}=Unsecured.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void CheckUrl(string key, string? url)
        {
            if (url is not null && OtlpListening.PortOf(url) is null)
                failures.Add($"{Key(key)} is '{url}'; allowed is http://, a host, an address or '*', and a port, such as http://localhost:4318.");
        }

        void CheckKey(string key, string? value)
        {
            if (value is { Length: > 0 and < LeastKeyLength })
                failures.Add($"{Key(key)} has {value.Length} characters; allowed is at least {LeastKeyLength}.");
        }
    }

    private static string Key(string member) => $"{OtlpOptions.SectionName}:{member}";
}
