using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// What a Redis client was configured with, so that the tracking connection can do what the data connection does. The client keeps its options and their
/// certificate callbacks internal; they are read by name, and a later client without these members is asked for its public text instead.
/// </summary>
internal static class ClientConfiguration
{
    /// <summary>The options that a connection was made from.</summary>
    public static ConfigurationOptions Of(IConnectionMultiplexer multiplexer) =>
        (multiplexer is ConnectionMultiplexer client ? OrNull(() => RawConfig(client)) : null) ?? Parse(multiplexer.Configuration);

    /// <summary>Reads a connection string. Messages never repeat it, since it holds the password.</summary>
    /// <exception cref="InvalidOperationException">An option is not understood.</exception>
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

    /// <summary>How the client would encrypt a connection to a host; null where it would not.</summary>
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
