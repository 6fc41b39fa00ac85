using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace HotShelf.ProductApi.Security;

/// <summary>
/// The accepted API keys as SHA-256 digests. A presented key is hashed and compared with every digest in constant time, so neither a key's
/// characters nor its place in the list show in how long the answer takes.
/// </summary>
internal sealed class ApiKeyRing : IDisposable
{
    private readonly IConfiguration _section;
    private readonly ILogger<ApiKeyRing> _logger;
    private readonly IDisposable _subscription;
    private Entry[] _entries;

    public ApiKeyRing(IOptions<ApiKeyOptions> options, IConfiguration configuration, ILogger<ApiKeyRing> logger)
    {
        _section = configuration.GetSection(ApiKeyOptions.SectionName);
        _logger = logger;
        _entries = Load(options.Value);
        Log.ApiKeysLoaded(logger, _entries.Length);
        // Not through IOptionsMonitor: it throws on a bad value, on the thread that noticed the change.
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    /// <summary>The client that <paramref name="key"/> belongs to; null when it is unknown.</summary>
    public ClaimsPrincipal? Find(string key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Digest(key, digest);
        ClaimsPrincipal? found = null;
        foreach (var entry in Volatile.Read(ref _entries))
        {
            if (CryptographicOperations.FixedTimeEquals(entry.Digest, digest))
                found = entry.Principal;
        }

        return found;
    }

    public void Dispose() => _subscription.Dispose();

    private void Reload()
    {
        var changed = new ApiKeyOptions();
        changed.Read(_section);
        // A bad edit of a file must not lock everybody out of a running service.
        var validation = new ApiKeyOptions.Validator().Validate(null, changed);
        if (validation.Failed)
        {
            Log.ApiKeysRejected(_logger, validation.FailureMessage);
            return;
        }

        Volatile.Write(ref _entries, Load(changed));
        Log.ApiKeysLoaded(_logger, changed.Keys.Count);
    }

    // One key under several scopes is one caller with all of them.
    private static Entry[] Load(ApiKeyOptions options) =>
    [
        .. options.Keys.GroupBy(key => key.Value, StringComparer.Ordinal).Select(group =>
        {
            var digest = new byte[SHA256.HashSizeInBytes];
            Digest(group.Key, digest);
            var scopes = group.SelectMany(key => Scopes.GrantedBy(key.Scope)).Distinct(StringComparer.Ordinal);
            // The name tells callers apart where they are counted and limited; it says nothing of the key.
            var identity = new ClaimsIdentity(
                [new(ClaimTypes.Name, group.First().Path), .. scopes.Select(scope => new Claim(ApiKeyDefaults.ScopeClaim, scope))], ApiKeyDefaults.Scheme);
            return new Entry(digest, new ClaimsPrincipal(identity));
        }),
    ];

    private static void Digest(string key, Span<byte> digest)
    {
        // Keys are short; a header's 16 KB at most are hashed from the heap.
        var length = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> bytes = length <= 512 ? stackalloc byte[512] : new byte[length];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(key, bytes)], digest);
    }

    private sealed record Entry(byte[] Digest, ClaimsPrincipal Principal);
}
