using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HotShelf.CacheConsole.Security;

/// <summary>
/// The signed-in browser: a time until which it is, and a keyed hash of that under a key derived from the token. Nothing is stored, so a restart and every replica with the
/// same token know the cookie, and a new token ends all sessions.
/// </summary>
internal sealed class SessionCookie
{
    /// <summary>How long a browser stays signed in.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    // A cookie is checked without a limit, so it must not tell quickly whether a guessed token is right.
    private const int KeyIterations = 200_000;

    private readonly byte[] _key;
    private readonly TimeProvider _time;

    public SessionCookie(BrowserToken token, TimeProvider time)
    {
        _key = Rfc2898DeriveBytes.Pbkdf2(token.Value, "HotShelf console session"u8, KeyIterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        _time = time;
    }

    /// <summary>Browsers share cookies between the ports of a host: with the port in its name each console there keeps its own.</summary>
    public static string NameFor(HttpRequest request) => $"hotshelf-{request.Host.Port?.ToString(CultureInfo.InvariantCulture) ?? request.Scheme}";

    public string Issue()
    {
        var until = (_time.GetUtcNow() + Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{until}.{Base64Url.EncodeToString(Sign($"session {until}"))}";
    }

    public bool IsValid(string? value)
    {
        if (value?.Split('.') is not [var until, var signature] || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return false;
        var expected = Base64Url.EncodeToString(Sign($"session {until}"));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(signature)) && _time.GetUtcNow().ToUnixTimeSeconds() < seconds;
    }

    private byte[] Sign(string text) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text));
}
