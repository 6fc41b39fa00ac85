using System.Globalization;

namespace HotShelf.Caching;

public ref partial struct CacheKeyText
{
    private const int LongestValue = 1 << 20;

    /// <summary>Called by the compiler: the text between placeholders, as it stands.</summary>
    public void AppendLiteral(string value) => AppendRaw(value);

    /// <summary>A string, escaped; <see langword="null"/> is written <c>%null</c> and differs from every string.</summary>
    public void AppendFormatted(string? value)
    {
        if (value is null)
            AppendRaw(Null);
        else
            AppendFormatted(value.AsSpan());
    }

    /// <summary>Characters, escaped.</summary>
    public void AppendFormatted(ReadOnlySpan<char> value)
    {
        if (value.IndexOfAnyExcept(s_safe) < 0)
            AppendRaw(value);
        else
            AppendEscaped(value);
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public void AppendFormatted(bool value) => AppendRaw(value ? "true" : "false");

    /// <summary><c>true</c>, <c>false</c> or <c>%null</c>.</summary>
    public void AppendFormatted(bool? value) => AppendRaw(value is { } given ? (given ? "true" : "false") : Null);

    /// <summary>A number, date, identifier or any type with a text form of its own, in the invariant culture and losing nothing.</summary>
    /// <exception cref="InvalidOperationException">The value's text is longer than 1,048,576 characters.</exception>
    public void AppendFormatted<T>(T value)
        where T : ISpanFormattable?
    {
        // Asked in this order, unoptimized code does not box a number to compare it with null.
        if (!typeof(T).IsValueType && value is null)
        {
            AppendRaw(Null);
            return;
        }

        int written;
        while (!value!.TryFormat(Free, out written, LosslessFormat<T>(), CultureInfo.InvariantCulture))
        {
            if (Free.Length > LongestValue)
                throw new InvalidOperationException($"A {typeof(T)} in a cache key is longer than {LongestValue} characters.");
            Grow(2 * (_length + Free.Length));
        }

        var text = Free[..written];
        if (text.IndexOfAnyExcept(s_safe) < 0)
            _length += written;
        else
            AppendEscaped(text.ToString());
    }

    /// <inheritdoc cref="AppendFormatted{T}(T)"/>
    public void AppendFormatted<T>(T? value)
        where T : struct, ISpanFormattable
    {
        if (value is { } given)
            AppendFormatted(given);
        else
            AppendRaw(Null);
    }

    // The invariant culture's default for these drops fractions of a second, or the date's kind: two values would share a key.
    private static ReadOnlySpan<char> LosslessFormat<T>() =>
        typeof(T) == typeof(DateTime) || typeof(T) == typeof(DateTimeOffset) || typeof(T) == typeof(DateOnly) || typeof(T) == typeof(TimeOnly) ? "O" : default;

    private void AppendRaw(scoped ReadOnlySpan<char> value)
    {
        if (value.Length > Free.Length)
            Grow(2 * (_length + value.Length));
        value.CopyTo(Free);
        _length += value.Length;
    }
}
