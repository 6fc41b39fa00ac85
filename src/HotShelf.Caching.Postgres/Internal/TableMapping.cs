using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>A mapped table: what makes invalidations of its changes.</summary>
internal abstract class TableMapping(string table, string[] families)
{
    /// <summary>As in SQL, as it was declared.</summary>
    public string Table { get; } = table;

    public string[] Families { get; } = families;

    public List<string> OldColumns { get; } = [];

    public TableCounts Counts { get; } = new();

    /// <summary>Whether its rows are in partitions, or it is one.</summary>
    public bool IsPartitioned { get; set; }

    /// <summary>How the table's rows are read, for the columns it has now.</summary>
    /// <exception cref="ChangeFeedSetupException">The table lacks a column that the row type needs.</exception>
    public abstract TableReader CreateReader(Columns columns);

    /// <summary>Maps the rows that wait for it in <paramref name="changes"/>.</summary>
    public abstract ValueTask MapWaitingAsync(TableChanges changes, NpgsqlConnection connection, CancellationToken cancellationToken);
}

/// <summary>Reads the changes of a table with its present columns.</summary>
internal abstract class TableReader
{
    /// <summary>Which columns have to be read.</summary>
    public abstract bool[] Needed { get; }

    /// <summary>Maps a change, or keeps its row for <see cref="TableMapping.MapWaitingAsync"/>.</summary>
    public abstract void Add(TableChanges changes, ChangeKind kind, string?[]? old, string?[]? @new);
}

/// <inheritdoc/>
internal sealed class TableMapping<[DynamicallyAccessedMembers(RowLayout.Members)] TRow>(
    string table, string[] families, Action<RowChange<TRow>, Invalidations>? map,
    Func<IReadOnlyList<RowChange<TRow>>, Invalidations, NpgsqlConnection, CancellationToken, ValueTask>? mapMany) : TableMapping(table, families)
    where TRow : class
{
    public override TableReader CreateReader(Columns columns) => new Reader(map, new RowLayout<TRow>(Table, columns));

    public override async ValueTask MapWaitingAsync(TableChanges changes, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (changes.Waiting.Count == 0)
            return;
        var rows = changes.Waiting.ConvertAll(row => (RowChange<TRow>)row);
        await mapMany!(rows, changes.Invalidations, connection, cancellationToken).ConfigureAwait(false);
        changes.Waiting.Clear();
    }

    private sealed class Reader(Action<RowChange<TRow>, Invalidations>? map, RowLayout<TRow> layout) : TableReader
    {
        public override bool[] Needed => layout.Needed;

        public override void Add(TableChanges changes, ChangeKind kind, string?[]? old, string?[]? @new)
        {
            var change = new RowChange<TRow>(kind, old is null ? null : layout.Create(old), @new is null ? null : layout.Create(@new));
            if (map is not null)
                map(change, changes.Invalidations);
            else
                changes.Waiting.Add(change);
        }
    }
}
