using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace HotShelf.Caching;

/// <summary>
/// Text of a key or tag, written by an interpolated string without boxing or intermediate strings:
/// <c>using CacheKeyText key = $"product:{id}";</c>
/// </summary>
/// <remarks>
/// Values are written in the invariant culture and escaped (see <c>CacheKeyText.Escaping.cs</c>), so that two different lists of
/// values never give one text as long as each two placeholders have a separator such as <c>':'</c> between them. Up to 128 characters
/// stay on the stack; longer ones use a pooled array until <see cref="Dispose"/>.
/// </remarks>
[InterpolatedStringHandler]
public ref partial struct CacheKeyText
{
    private const int InlineLength = 128;

    private InlineBuffer _inline;
    private char[]? _rented;
    private int _length;

    /// <summary>Called by the compiler for an interpolated string.</summary>
    /// <param name="literalLength">Characters between the placeholders.</param>
    /// <param name="formattedCount">Number of placeholders.</param>
    public CacheKeyText(int literalLength, int formattedCount)
    {
        const int GuessedLengthOfAValue = 11;
        var guess = literalLength + (formattedCount * GuessedLengthOfAValue);
        if (guess > InlineLength)
            Grow(guess);
    }

    /// <summary>What has been written. Valid until <see cref="Dispose"/>.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<char> Text => _rented is null ? ((ReadOnlySpan<char>)_inline)[.._length] : _rented.AsSpan(0, _length);

    [UnscopedRef]
    private Span<char> Free => _rented is null ? ((Span<char>)_inline)[_length..] : _rented.AsSpan(_length);

    /// <summary>The text as a string: <c>CacheKeyText.Format($"product:{id}")</c>.</summary>
    /// <param name="text">The interpolated string.</param>
    public static string Format(ref CacheKeyText text)
    {
        var result = text.ToString();
        text.Dispose();
        return result;
    }

    /// <summary>As <see cref="Format"/>, but <c>%empty</c> in place of no text at all, because a tag has one character at least: <c>CacheKeyText.FormatTag($"{category}")</c>.</summary>
    /// <param name="text">The interpolated string.</param>
    public static string FormatTag(ref CacheKeyText text) => Format(ref text) is { Length: > 0 } tag ? tag : Empty;

    /// <summary>An enum value by its name, which survives a reordering of its members; without boxing.</summary>
    /// <param name="value">The value.</param>
    public static CacheKeyName<TEnum> Name<TEnum>(TEnum value)
        where TEnum : struct, Enum => new(value);

    /// <inheritdoc cref="Name{TEnum}(TEnum)"/>
    public static CacheKeyName<TEnum>? Name<TEnum>(TEnum? value)
        where TEnum : struct, Enum => value is { } given ? new CacheKeyName<TEnum>(given) : null;

    /// <summary>What has been written, as a string.</summary>
    public override readonly string ToString() => Text.ToString();

    /// <summary>Gives the pooled array back, if there is one.</summary>
    public void Dispose()
    {
        var rented = _rented;
        this = default;
        if (rented is not null)
            System.Buffers.ArrayPool<char>.Shared.Return(rented);
    }

    private void Grow(int atLeast)
    {
        var larger = System.Buffers.ArrayPool<char>.Shared.Rent(Math.Max(atLeast, 2 * InlineLength));
        Text.CopyTo(larger);
        if (_rented is not null)
            System.Buffers.ArrayPool<char>.Shared.Return(_rented);
        _rented = larger;
    }

    [InlineArray(InlineLength)]
    private struct InlineBuffer
    {
        private char _first;
    }
}
