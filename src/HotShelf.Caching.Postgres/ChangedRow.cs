using HotShelf.Caching.Postgres.Internal;

namespace HotShelf.Caching.Postgres;

/// <summary>A row by its columns. Columns are found by their exact name first, and then in any case, with or without underscores.</summary>
public sealed class ChangedRow
{
    private readonly Columns _columns;
    private readonly string?[] _values;

    internal ChangedRow(Columns columns, string?[] values) => (_columns, _values) = (columns, values);

    /// <summary>The column's value as PostgreSQL writes it as text; null for NULL.</summary>
    /// <exception cref="KeyNotFoundException">The table has no such column.</exception>
    /// <exception cref="InvalidOperationException">The value was not sent, because it is large (TOAST) and did not change.</exception>
    public string? this[string column] => _columns.Read(_values, _columns.Find(column));

    /// <summary>
    /// The column's value as a string, number, boolean, Guid, date or time, enum (by its number, or by name: letters and digits are compared, in any case), nullable of these, or an array of strings,
    /// integers or Guids; the type's default for NULL.
    /// </summary>
    /// <exception cref="KeyNotFoundException">The table has no such column.</exception>
    /// <exception cref="InvalidOperationException">The value was not sent, because it is large (TOAST) and did not change.</exception>
    /// <exception cref="NotSupportedException">The type is none of these.</exception>
    /// <exception cref="FormatException">The value is not of this type.</exception>
    public T? Get<T>(string column) => _columns.Read(_values, _columns.Find(column), typeof(T)) is T value ? value : default;
}
