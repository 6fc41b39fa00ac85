using System.Security.Cryptography;
using System.Text;

namespace Aspire.Hosting.Local;

/// <summary>Where this run is controlled from outside, and the key that is asked for: a new one for each run.</summary>
internal sealed class ControlAddress
{
    public const string KeyHeader = "x-resource-service-api-key";

    public string Key { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Null until the control server listens.</summary>
    public Uri? Url { get; set; }

    public bool IsKey(string? given) => given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(Key));
}
