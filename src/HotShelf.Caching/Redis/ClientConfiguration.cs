using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// Reads the configuration of a Redis client, so that the tracking connection connects in the same way as the data connection. The client keeps its options
/// and their certificate callbacks internal: they are read by name. For a client version without these members its public configuration text is used.
/// </summary>
internal static class ClientConfiguration
{
    /// <summary>The options of an existing connection.</summary>
    public static ConfigurationOptions Of(IConnectionMultiplexer multiplexer) =>
        (multiplexer is ConnectionMultiplexer client ? OrNull(() => RawConfig(client)) : null) ?? Parse(multiplexer.Configuration);

    /// <summary>Parses a connection string. Error messages do not repeat it, because it contains the password.</summary>
    /// <exception cref="InvalidOperationException">The connection string is invalid.</exception>
    public static ConfigurationOptions Parse(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidOperationException(
                $"The cache's Redis connection string (ConnectionStrings:<name> or Caching:Redis) has an option that is not understood: {exception.ParamName ?? "see StackExchange.Redis' configuration options"}. Expected is host:port,password=...,ssl=true.");
        }
    }

    /// <summary>The TLS options that the client would use for a host; null without TLS.</summary>
    public static Func<string, SslClientAuthenticationOptions>? TlsOf(ConfigurationOptions configuration)
    {
        if (!configuration.Ssl)
            return null;
        var validation = OrNull(() => CertificateValidation(configuration));
        var selection = OrNull(() => CertificateSelection(configuration));
        return host =>
        {
            host = configuration.SslHost ?? host;
            return configuration.SslClientAuthenticationOptions?.Invoke(host) ?? new SslClientAuthenticationOptions
            {
                TargetHost = host,
                EnabledSslProtocols = configuration.SslProtocols ?? System.Security.Authentication.SslProtocols.None,
                CertificateRevocationCheckMode = configuration.CheckCertificateRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = validation,
                LocalCertificateSelectionCallback = selection,
            };
        };
    }

    private static T? OrNull<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (MissingMethodException)
        {
            return null;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_RawConfig")]
    private static extern ConfigurationOptions? RawConfig(ConnectionMultiplexer client);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_CertificateValidationCallback")]
    private static extern RemoteCertificateValidationCallback? CertificateValidation(ConfigurationOptions configuration);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_CertificateSelectionCallback")]
    private static extern LocalCertificateSelectionCallback? CertificateSelection(ConfigurationOptions configuration);
}
