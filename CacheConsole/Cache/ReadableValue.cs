using System.Text.Json;
using HotShelf.Caching;

namespace HotShelf.CacheConsole.Cache;

/// <summary>A stored value as a person reads it: JSON with line breaks, other text as it is, bytes as hexadecimal digits; cut where it is long.</summary>
internal static class ReadableValue
{
    /// <summary>Characters shown of a value: a page is no place for megabytes.</summary>
    public const int Limit = 64 * 1024;

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static (string Text, bool IsCut) Of(StoredValue value)
    {
        var text = value.Text is { } whole ? Indented(whole) : Convert.ToHexStringLower(value.Bytes.Span[..Math.Min(value.Bytes.Length, Limit / 2)]);
        return text.Length > Limit || (value.Text is null && value.Bytes.Length > Limit / 2) ? (text[..Math.Min(text.Length, Limit)], true) : (text, false);
    }

    private static string Indented(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return JsonSerializer.Serialize(json.RootElement, s_indented);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
