using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Security;

/// <summary>The secret that opens the console: given by configuration, or made anew at each start.</summary>
internal sealed class BrowserToken
{
    private readonly byte[] _hash;

    public BrowserToken(IOptions<FrontendOptions> options)
    {
        IsGenerated = string.IsNullOrEmpty(options.Value.BrowserToken);
        Value = IsGenerated ? RandomNumberGenerator.GetHexString(32, lowercase: true) : options.Value.BrowserToken!;
        _hash = Hash(Value);
    }

    public string Value { get; }

    /// <summary>Generated at this start: unknown unless it is printed.</summary>
    public bool IsGenerated { get; }

    /// <summary>Compares in constant time, whatever the length.</summary>
    public bool Matches(string? presented) => presented is not null && CryptographicOperations.FixedTimeEquals(Hash(presented), _hash);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
