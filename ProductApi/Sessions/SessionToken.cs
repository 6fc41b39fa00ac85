using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace HotShelf.ProductApi.Sessions;

/// <summary>An opaque bearer token of 256 random bits. Only its SHA-256 is stored, so a reader of Redis cannot use a session.</summary>
internal static class SessionToken
{
    private const int Bytes = 32;
    private const int Characters = 43;

    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The cache key of a token; null for what cannot be one.</summary>
    public static string? CacheKey(string token)
    {
        if (token.Length != Characters || !Base64Url.IsValid(token))
            return null;
        Span<byte> text = stackalloc byte[Characters];
        Encoding.ASCII.GetBytes(token, text);
        return $"{SessionDefaults.Family}:{Base64Url.EncodeToString(SHA256.HashData(text))}";
    }
}
