using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>Finds addresses of services in configuration: <c>Services:{name}:{endpoint or scheme}:{n}</c>.</summary>
internal sealed class ServiceAddresses(IConfiguration configuration, IOptions<ServiceDiscoveryOptions> options)
{
    private readonly ConcurrentDictionary<string, Counter> _turns = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The URL with its service name replaced: <c>https+http://productapi/x</c> tries the schemes in this order, <c>http://_admin.productapi/x</c> asks for
    /// the endpoint named <c>admin</c>. What is not configured keeps its host and gets the first scheme.
    /// </summary>
    public Uri Resolve(Uri uri)
    {
        var schemes = Schemes(uri);
        var (service, endpoint) = Name(uri.Host);
        string[] keys = endpoint is null ? schemes : [endpoint];
        foreach (var key in keys)
        {
            var addresses = configuration.GetSection($"Services:{service}:{key}").GetChildren().Select(static child => child.Value).OfType<string>().ToArray();
            if (addresses.Length == 0)
                addresses = configuration[$"Services:{service}:{key}"] is { } single ? [single] : [];
            if (addresses.Length > 0)
                return Combine(uri, addresses[Turn($"{service}/{key}", addresses.Length)], schemes, $"Services:{service}:{key}");
        }

        return schemes.Length == 1 && endpoint is null ? uri : new UriBuilder(uri) { Scheme = schemes[0], Host = service, Port = uri.IsDefaultPort ? -1 : uri.Port }.Uri;
    }

    private string[] Schemes(Uri uri)
    {
        var asked = uri.Scheme.Split('+');
        if (options.Value.AllowAllSchemes)
            return asked;
        var allowed = asked.Where(scheme => options.Value.AllowedSchemes.Contains(scheme, StringComparer.OrdinalIgnoreCase)).ToArray();
        return allowed.Length > 0
            ? allowed
            : throw new InvalidOperationException($"No scheme of '{uri.Scheme}://{uri.Host}' is allowed: allowed are '{string.Join("', '", options.Value.AllowedSchemes)}'.");
    }

    private static (string Service, string? Endpoint) Name(string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return host.StartsWith('_') && dot > 1 ? (host[(dot + 1)..], host[1..dot]) : (host, null);
    }

    private static Uri Combine(Uri uri, string address, string[] schemes, string key)
    {
        // "host:port" without a scheme is allowed too, and takes the first scheme asked for.
        var text = address.Contains("://", StringComparison.Ordinal) ? address : $"{schemes[0]}://{address}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var target))
            throw new InvalidOperationException($"The address '{address}' under the configuration key '{key}' is no URL: write 'http://host:port'.");
        return new UriBuilder(uri) { Scheme = target.Scheme, Host = target.Host, Port = target.Port, Path = target.AbsolutePath.TrimEnd('/') + uri.AbsolutePath }.Uri;
    }

    private int Turn(string key, int count) => (int)((uint)Interlocked.Increment(ref _turns.GetOrAdd(key, static _ => new Counter()).Value) % (uint)count);

    private sealed class Counter
    {
        public int Value = -1;
    }
}
