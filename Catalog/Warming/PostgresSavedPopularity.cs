using HotShelf.Catalog.Postgres;
using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Warming;

internal sealed class PostgresSavedPopularity(CatalogDatabase database) : ISavedPopularity
{
    // One row decides who may save: of several workers, the one that updates it after the interval. The others find it locked or young, and save nothing.
    private const string ClaimSql = """
        insert into cache_popularity_saved as saved (at) values (clock_timestamp())
        on conflict (only_row) do update set at = excluded.at where saved.at <= clock_timestamp() - $1 or saved.at > clock_timestamp() + interval '1 minute'
        returning at
        """;
    private const string SaveSql = """
        with gone as (delete from cache_popularity where key <> all ($1))
        insert into cache_popularity (key, score) select key, score from unnest($1, $2) as r (key, score)
        on conflict (key) do update set score = excluded.score where cache_popularity.score <> excluded.score
        """;
    private const string ReadSql = "select key, score from cache_popularity order by score desc, key";
    private const string AgeSql = "select greatest(clock_timestamp() - at, interval '0') from cache_popularity_saved";

    public async ValueTask<bool> SaveAsync(IReadOnlyCollection<KeyValuePair<string, double>> ranking, TimeSpan atMostEvery, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ranking);
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        var claimed = await database.QueryAsync(connection, transaction, QueryKinds.Warming, ClaimSql, row => row.GetDateTime(0), cancellationToken, Parameter(atMostEvery)).ConfigureAwait(false);
        if (claimed.Count == 0)
            return false;
        await database.QueryAsync(
            connection, transaction, QueryKinds.Warming, SaveSql, row => 0, cancellationToken,
            Parameter<string[]>([.. ranking.Select(item => item.Key)]), Parameter<double[]>([.. ranking.Select(item => item.Value)])).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    public async ValueTask<SavedRanking> ReadAsync(CancellationToken cancellationToken = default)
    {
        var ages = await database.QueryAsync(QueryKinds.Warming, AgeSql, row => row.GetTimeSpan(0), cancellationToken).ConfigureAwait(false);
        if (ages.Count == 0)
            return new SavedRanking([], TimeSpan.Zero);
        var scores = await database.QueryAsync(QueryKinds.Warming, ReadSql, row => KeyValuePair.Create(row.GetString(0), row.GetDouble(1)), cancellationToken).ConfigureAwait(false);
        return new SavedRanking(scores, ages[0]);
    }
}
