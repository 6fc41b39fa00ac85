using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HotShelf.CacheConsole.Security;

/// <summary>
/// The signed-in browser: a time until which it is, an id, and a hash of both under a key derived from the token. Nothing is stored, so a restart and every replica with the
/// same token know the cookie, and a new token ends all sessions.
/// </summary>
internal sealed class SessionCookie
{
    /// <summary>How long a browser stays signed in.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    // A cookie is checked without a limit, so it must not tell quickly whether a guessed token is right.
    private const int KeyIterations = 200_000;

    private readonly byte[] _key;
    private readonly EndedSessions _ended;
    private readonly TimeProvider _time;

    public SessionCookie(BrowserToken token, EndedSessions ended, TimeProvider time)
    {
        _key = Rfc2898DeriveBytes.Pbkdf2(token.Value, "HotShelf console session"u8, KeyIterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        _ended = ended;
        _time = time;
    }

    /// <summary>Browsers share cookies between the ports of a host: with the port in its name each console there keeps its own.</summary>
    public static string NameFor(HttpRequest request) => $"hotshelf-{request.Host.Port?.ToString(CultureInfo.InvariantCulture) ?? request.Scheme}";

    public string Issue()
    {
        var until = (_time.GetUtcNow() + Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        return $"{until}.{id}.{Sign(until, id)}";
    }

    /// <summary>The session of a cookie; null when it is not one of ours, its time is over, or it was signed out of.</summary>
    public Session? Read(string? value)
    {
        if (value?.Split('.') is not [var until, var id, var signature] || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return null;
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(until, id)), Encoding.UTF8.GetBytes(signature)) || _time.GetUtcNow().ToUnixTimeSeconds() >= seconds)
            return null;
        return _ended.Contains(id) ? null : new Session(id, DateTimeOffset.FromUnixTimeSeconds(seconds));
    }

    private string Sign(string until, string id) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"session {until}.{id}")));
}
