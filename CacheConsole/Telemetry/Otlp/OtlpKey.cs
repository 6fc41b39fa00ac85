using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Whether a sender knows the key. Compared in constant time, both keys always.</summary>
internal sealed class OtlpKey(IOptions<OtlpOptions> options)
{
    public const string Header = "x-otlp-api-key";

    // Hashes have one length, so the comparison does not tell how long the key is.
    private readonly byte[][] _keys =
        [.. new[] { options.Value.PrimaryApiKey, options.Value.SecondaryApiKey }.Where(static key => !string.IsNullOrEmpty(key)).Select(static key => Hash(key!))];

    public bool IsGiven(HttpRequest request)
    {
        if (options.Value.AuthMode == OtlpAuthMode.Unsecured)
            return true;
        if (request.Headers[Header] is not [{ Length: > 0 } given])
            return false;
        var hash = Hash(given);
        var isKey = false;
        foreach (var key in _keys)
            isKey |= CryptographicOperations.FixedTimeEquals(hash, key);
        return isKey;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
