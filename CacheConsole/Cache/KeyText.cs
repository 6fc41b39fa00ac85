using System.Buffers.Text;
using System.Text;

namespace HotShelf.CacheConsole.Cache;

/// <summary>Keys as a person reads them. Text that a key may not contain is often in it as base64url, such as a search in <c>product-list:q.b2Fr~p.1</c>.</summary>
internal static class KeyText
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The encoded parts in plain text (<c>q: oak</c>); null when nothing in the key is encoded.</summary>
    public static string? Decoded(string key)
    {
        var parts = key[(key.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('~', ':', '|').Select(Part).OfType<string>().ToArray();
        return parts.Length == 0 ? null : string.Join(", ", parts);
    }

    private static string? Part(string part)
    {
        var dot = part.IndexOf('.', StringComparison.Ordinal);
        var value = part[(dot + 1)..];
        // A word of a few letters may be valid base64 by chance, but hardly ever gives text.
        if (value.Length < 4 || !Base64Url.IsValid(value))
            return null;
        try
        {
            var text = s_strict.GetString(Base64Url.DecodeFromChars(value));
            return text.All(static letter => char.IsLetterOrDigit(letter) || char.IsPunctuation(letter) || letter == ' ') ? (dot > 0 ? $"{part[..dot]}: {text}" : text) : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
