using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Makes rows of a type from the columns of a table.</summary>
internal abstract class RowLayout
{
    public const DynamicallyAccessedMemberTypes Members = DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicProperties;
}

/// <inheritdoc/>
internal sealed class RowLayout<[DynamicallyAccessedMembers(RowLayout.Members)] TRow> : RowLayout
    where TRow : class
{
    private static readonly ConstructorInfo? s_constructor = typeof(TRow).GetConstructors().OrderByDescending(constructor => constructor.GetParameters().Length)
        .FirstOrDefault(constructor => constructor.GetParameters() is not [var only] || only.ParameterType != typeof(TRow));

    private readonly Columns _columns;
    private readonly (int Ordinal, Type Type, object? Default)[] _parameters = [];
    private readonly (int Ordinal, PropertyInfo Property)[] _properties = [];

    /// <exception cref="ChangeFeedSetupException">The table lacks a column that the type needs.</exception>
    public RowLayout(string table, Columns columns)
    {
        _columns = columns;
        Needed = new bool[columns.Names.Count];
        if (typeof(TRow) == typeof(ChangedRow))
        {
            Array.Fill(Needed, true);
            return;
        }

        var parameters = s_constructor?.GetParameters() ?? throw new ChangeFeedSetupException($"{typeof(TRow)} has no public constructor, so no row of {table} can be made of it.");
        _parameters = [.. parameters.Select(parameter => (Ordinal(parameter.Name!, parameter.ParameterType), parameter.ParameterType, DefaultOf(parameter.ParameterType)))];
        _properties = [.. typeof(TRow).GetProperties()
            .Where(property => property.SetMethod?.IsPublic == true && !parameters.Any(parameter => string.Equals(parameter.Name, property.Name, StringComparison.OrdinalIgnoreCase)))
            .Select(property => (Ordinal(property.Name, property.PropertyType), property))];

        int Ordinal(string name, Type type)
        {
            if (!ColumnText.CanParse(type))
                throw new ChangeFeedSetupException($"{typeof(TRow).Name}.{name} is of type {type}, which no column can be read as.");
            var ordinal = columns.TryFind(name) ?? throw new ChangeFeedSetupException(
                $"{typeof(TRow).Name}.{name} has no column in table {table}, which has {string.Join(", ", columns.Names)}: rename or remove it.");
            Needed[ordinal] = true;
            return ordinal;
        }
    }

    /// <summary>Which columns have to be read.</summary>
    public bool[] Needed { get; }

    public TRow Create(string?[] values)
    {
        if (typeof(TRow) == typeof(ChangedRow))
            return (TRow)(object)new ChangedRow(_columns, values);
        var arguments = new object?[_parameters.Length];
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = _columns.Read(values, _parameters[i].Ordinal, _parameters[i].Type) ?? _parameters[i].Default;
        var row = (TRow)s_constructor!.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
        foreach (var (ordinal, property) in _properties)
        {
            if (_columns.Read(values, ordinal, property.PropertyType) is { } value)
                property.SetValue(row, value);
        }

        return row;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "The default of a value type needs no constructor, and the type is that of a parameter that is kept.")]
    private static object? DefaultOf(Type type) => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type) : null;
}
