using Microsoft.Extensions.Options;

namespace HotShelf.Dashboard.Telemetry.Otlp;

/// <summary>Names every setting that is wrong by its configuration key; keys themselves are not repeated.</summary>
internal sealed class OtlpOptionsValidator : IValidateOptions<OtlpOptions>
{
    private const int LeastKeyLength = 16;

    public ValidateOptionsResult Validate(string? name, OtlpOptions options)
    {
        var failures = new List<string>();
        CheckPort(nameof(options.HttpPort), options.HttpPort);
        CheckPort(nameof(options.GrpcPort), options.GrpcPort);
        if (options.HttpPort is { } port && port == options.GrpcPort)
            failures.Add($"{Key(nameof(options.GrpcPort))} is '{port}' as {Key(nameof(options.HttpPort))} is; without TLS each protocol needs a port of its own.");
        if (Uri.CheckHostName(options.Host) == UriHostNameType.Unknown && options.Host is not ("*" or "+"))
            failures.Add($"{Key(nameof(options.Host))} is '{options.Host}'; allowed is a host name, an address, or '*'.");
        if (options.MaximumRequestBytes is < 1024 or > 1 << 28)
            failures.Add($"{Key(nameof(options.MaximumRequestBytes))} is '{options.MaximumRequestBytes}'; allowed is 1024 to {1 << 28}.");
        CheckKey(nameof(options.PrimaryApiKey), options.PrimaryApiKey);
        CheckKey(nameof(options.SecondaryApiKey), options.SecondaryApiKey);
        var listens = options.HttpPort is not null || options.GrpcPort is not null;
        if (listens && options is { AuthMode: OtlpAuthMode.ApiKey, PrimaryApiKey: null or "" })
            failures.Add($"{Key(nameof(options.PrimaryApiKey))} is empty; with {Key(nameof(options.AuthMode))}=ApiKey a key of at least {LeastKeyLength} characters is needed, or {Key(nameof(options.AuthMode))}=Unsecured.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void CheckPort(string key, int? port)
        {
            if (port is < 1 or > 65535)
                failures.Add($"{Key(key)} is '{port}'; allowed is 1 to 65535, or nothing.");
        }

        void CheckKey(string key, string? value)
        {
            if (value is { Length: > 0 and < LeastKeyLength })
                failures.Add($"{Key(key)} has {value.Length} characters; allowed is at least {LeastKeyLength}.");
        }
    }

    private static string Key(string member) => $"{OtlpOptions.SectionName}:{member}";
}
