using System.Buffers;
using System.Globalization;

namespace HotShelf.Caching;

/* How a value becomes text that no separator can break:
 *   A-Z a-z 0-9 - . _ ~          as they are
 *   other ASCII, control          %XX        (so ':' is %3A, '%' is %25, '{' and '}' never touch a Redis hash tag)
 *   half of a surrogate pair      %uXXXX     (UTF-8 would turn every one into U+FFFD, and two keys into one)
 *   null                          %null
 *   no text, as a whole tag       %empty
 *   anything else (é, 商, 😀)      as it is
 * "%" is always followed by two hexadecimal digits, 'u', 'n' or "em", so the text can be read back in one way only. */
public ref partial struct CacheKeyText
{
    private const string Null = "%null";
    private const string Empty = "%empty";

    private static readonly SearchValues<char> s_safe =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    private void AppendEscaped(scoped ReadOnlySpan<char> value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsHighSurrogate(value[i]) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
                AppendRaw(value.Slice(i++, 2));
            else if (char.IsSurrogate(value[i]))
                AppendCode("%u", value[i], "X4");
            else if ((char.IsAscii(value[i]) && !s_safe.Contains(value[i])) || char.IsControl(value[i]))
                AppendCode("%", value[i], "X2");
            else
                AppendRaw(value.Slice(i, 1));
        }
    }

    private void AppendCode(string prefix, char value, string format)
    {
        Span<char> digits = stackalloc char[4];
        _ = ((int)value).TryFormat(digits, out var written, format, CultureInfo.InvariantCulture);
        AppendRaw(prefix);
        AppendRaw(digits[..written]);
    }
}
