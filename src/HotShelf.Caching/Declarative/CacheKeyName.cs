namespace HotShelf.Caching;

/// <summary>An enum value inside a <see cref="CacheKeyText"/>: its name, or its number when it has none.</summary>
/// <typeparam name="TEnum">The enum.</typeparam>
public readonly struct CacheKeyName<TEnum> : ISpanFormattable, IEquatable<CacheKeyName<TEnum>>
    where TEnum : struct, Enum
{
    private readonly TEnum _value;

    internal CacheKeyName(TEnum value) => _value = value;

    /// <summary>Whether both name one value.</summary>
    public static bool operator ==(CacheKeyName<TEnum> left, CacheKeyName<TEnum> right) => left.Equals(right);

    /// <summary>Whether they name two values.</summary>
    public static bool operator !=(CacheKeyName<TEnum> left, CacheKeyName<TEnum> right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Enum.TryFormat(_value, destination, out charsWritten);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => _value.ToString();

    /// <inheritdoc/>
    public override string ToString() => _value.ToString();

    /// <inheritdoc/>
    public bool Equals(CacheKeyName<TEnum> other) => EqualityComparer<TEnum>.Default.Equals(_value, other._value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CacheKeyName<TEnum> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode();
}
