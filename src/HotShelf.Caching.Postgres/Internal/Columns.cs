namespace HotShelf.Caching.Postgres.Internal;

/// <summary>The columns of a table, found by their exact name first, and then in any case, with or without underscores.</summary>
internal sealed class Columns
{
    /// <summary>Stands for a large value that did not change and was not sent.</summary>
    public static readonly string NotSent = new('\0', 1);

    private readonly string[] _names;
    private readonly Dictionary<string, int> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ordinals = new(StringComparer.OrdinalIgnoreCase);

    public Columns(IEnumerable<string> names)
    {
        _names = [.. names];
        for (var i = 0; i < _names.Length; i++)
            _ordinals.TryAdd(Plain(_names[i]), i);
        for (var i = 0; i < _names.Length; i++)
            _exact[_names[i]] = _ordinals[_names[i]] = i;
    }

    public IReadOnlyList<string> Names => _names;

    public int? TryFind(string name) => _exact.TryGetValue(name, out var ordinal) || _ordinals.TryGetValue(name, out ordinal) || _ordinals.TryGetValue(Plain(name), out ordinal) ? ordinal : null;

    public int Find(string name) => TryFind(name) ?? throw new KeyNotFoundException($"The table has no column '{name}': it has {string.Join(", ", _names)}.");

    public string? Read(string?[] values, int ordinal) => ReferenceEquals(values[ordinal], NotSent)
        ? throw new InvalidOperationException($"Column '{_names[ordinal]}' was not sent, because its value is large (TOAST) and did not change: do without it, or set REPLICA IDENTITY FULL.")
        : values[ordinal];

    /// <exception cref="FormatException">The value is not of this type.</exception>
    public object? Read(string?[] values, int ordinal, Type type)
    {
        try
        {
            return ColumnText.Parse(Read(values, ordinal), type);
        }
        catch (Exception failure) when (failure is FormatException or OverflowException)
        {
            // Not with what failed: it has the value, and the log must not.
            throw new FormatException($"Column '{_names[ordinal]}' cannot be read as {Nullable.GetUnderlyingType(type) ?? type}.");
        }
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal);
}
