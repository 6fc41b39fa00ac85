using System.Diagnostics.CodeAnalysis;
using HotShelf.Caching.Postgres.Internal;
using Npgsql;

namespace HotShelf.Caching.Postgres;

/// <summary>Maps tables to what their changes make stale.</summary>
public sealed class ChangeFeedBuilder
{
    internal ChangeFeedBuilder()
    {
    }

    internal List<TableMapping> Tables { get; } = [];

    internal Func<IServiceProvider, CancellationToken, Task>? Start { get; private set; }

    /// <summary>
    /// Maps each change of a row to keys, tags and families. A mapping that throws does not stop the feed: the change is logged and the families of the table are removed.
    /// </summary>
    /// <typeparam name="TRow">
    /// A class or record whose constructor parameters and settable properties are named like the columns it needs, in any case, with or without underscores; or
    /// <see cref="ChangedRow"/> for access by column. Name only what the mapping needs. Types: see <see cref="ChangedRow.Get"/>.
    /// </typeparam>
    /// <param name="table">The table, as in SQL: <c>products</c>, <c>sales.orders</c>, or with quotes <c>\"Customers\"</c>, as Entity Framework Core creates it. For a partitioned one the root.</param>
    /// <param name="families">The families of all entries that depend on the table. They are removed when single changes are not known: TRUNCATE, too many changes, a lost slot.</param>
    /// <param name="map">Called for each committed change, in order.</param>
    public ChangeFeedTable Table<[DynamicallyAccessedMembers(RowLayout.Members)] TRow>(string table, IEnumerable<string> families, Action<RowChange<TRow>, Invalidations> map)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(map);
        return Add(new TableMapping<TRow>(Checked(table), Checked(families), map, null));
    }

    /// <summary>Like the other overload, for a mapping that queries the database: it is called once for all changes at hand, at least those of one transaction.</summary>
    /// <typeparam name="TRow">See the other overload.</typeparam>
    /// <param name="table">See the other overload.</param>
    /// <param name="families">See the other overload.</param>
    /// <param name="map">
    /// Called after the changes are visible to queries of the given connection, which is open and the feed's: leave no transaction open, and do not keep it. Statements that repeat are prepared, with
    /// one plan for all parameters. A transient failure of the database repeats the call after reconnecting.
    /// </param>
    public ChangeFeedTable Table<[DynamicallyAccessedMembers(RowLayout.Members)] TRow>(
        string table, IEnumerable<string> families, Func<IReadOnlyList<RowChange<TRow>>, Invalidations, NpgsqlConnection, CancellationToken, ValueTask> map)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(map);
        return Add(new TableMapping<TRow>(Checked(table), Checked(families), null, map));
    }

    /// <summary>Something to wait for before the feed starts, such as the creation of the tables. Default: nothing.</summary>
    public ChangeFeedBuilder StartAfter(Func<IServiceProvider, CancellationToken, Task> task)
    {
        Start = task;
        return this;
    }

    private ChangeFeedTable Add(TableMapping mapping)
    {
        if (Tables.Any(other => other.Table == mapping.Table))
            throw new ArgumentException($"The table {mapping.Table} is mapped already: map it once, and do all there.");
        Tables.Add(mapping);
        return new ChangeFeedTable(mapping);
    }

    private static string Checked(string table)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        return table;
    }

    private static string[] Checked(IEnumerable<string> families)
    {
        ArgumentNullException.ThrowIfNull(families);
        string[] all = [.. families];
        return all.Length > 0 && all.All(family => !string.IsNullOrWhiteSpace(family) && !family.Contains(':', StringComparison.Ordinal)) ? all
            : throw new ArgumentException("Name at least one family, without ':': what to remove when single changes are not known.", nameof(families));
    }
}

/// <summary>A mapped table.</summary>
public sealed class ChangeFeedTable
{
    private readonly TableMapping _mapping;

    internal ChangeFeedTable(TableMapping mapping) => _mapping = mapping;

    /// <summary>
    /// Names columns whose value before the change the mapping needs (<see cref="RowChange{TRow}.Old"/>). The table's replica identity must contain them; where it does not, the
    /// feed sets <c>REPLICA IDENTITY FULL</c>, or says so with <see cref="PostgresChangeFeedOptions.VerifyOnly"/>. An index over the key and these columns is cheaper:
    /// <c>REPLICA IDENTITY USING INDEX</c>.
    /// </summary>
    public ChangeFeedTable NeedsOld(params string[] columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        _mapping.OldColumns.AddRange(columns);
        return this;
    }
}
