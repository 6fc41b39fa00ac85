using HotShelf.Catalog.Postgres;
using Npgsql;
using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Warming;

internal sealed class PostgresWarmingRequests(CatalogDatabase database) : IWarmingRequests
{
    private const string Columns = "id, state, reason, total, done, failed, rate, eta_seconds, message, requested_at, started_at, finished_at";
    private const string SubmitSql = $"""
        with forgotten as (delete from cache_warm_requests where finished_at < clock_timestamp() - interval '7 days')
        insert into cache_warm_requests (keys, families, top) values ($1, $2, $3) returning {Columns}
        """;
    private const string FindSql = $"select {Columns} from cache_warm_requests where id = $1";
    private const string ListSql = $"select {Columns} from cache_warm_requests order by id desc limit $1";
    private const string CancelSql = """
        update cache_warm_requests set state = 'cancelled', eta_seconds = null, finished_at = clock_timestamp(), updated_at = clock_timestamp()
        where id = $1 and state in ('queued', 'running') returning id
        """;
    // A warming that a dead worker had begun by itself is begun anew by its successor; a requested one is taken over.
    private const string TakeSql = """
        with ended as (
            update cache_warm_requests set state = 'stopped', message = 'its worker has ended', eta_seconds = null, finished_at = clock_timestamp()
            where state = 'running' and reason <> 'on request' and updated_at < clock_timestamp() - $2
        )
        update cache_warm_requests set state = 'running', worker = $1, started_at = coalesce(started_at, clock_timestamp()), updated_at = clock_timestamp()
        where id = (
            select id from cache_warm_requests
            where state in ('queued', 'running') and reason = 'on request' and (state = 'queued' or updated_at < clock_timestamp() - $2)
            order by id for update skip locked limit 1)
        returning id, keys, families, top
        """;
    private const string BeginSql = """
        insert into cache_warm_requests (worker, reason, state, started_at) values ($1, $2, 'running', clock_timestamp()) returning id
        """;
    private const string ReportSql = """
        update cache_warm_requests set state = $3, total = $4, done = $5, failed = $6, rate = $7, eta_seconds = $8, message = $9,
            updated_at = clock_timestamp(), finished_at = case when $3 in ('queued', 'running') then null else clock_timestamp() end
        where id = $1 and worker = $2 and state = 'running' returning id
        """;

    public async ValueTask<WarmingStatus> SubmitAsync(WarmingRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (await QueryAsync(SubmitSql, Read, cancellationToken, Parameter(request.Keys?.ToArray()), Parameter(request.Families?.ToArray()), Parameter(request.Top)).ConfigureAwait(false))[0];
    }

    public async ValueTask<WarmingStatus?> FindAsync(long id, CancellationToken cancellationToken = default) =>
        (await QueryAsync(FindSql, Read, cancellationToken, Parameter(id)).ConfigureAwait(false)).FirstOrDefault();

    public async ValueTask<IReadOnlyList<WarmingStatus>> ListAsync(int count, CancellationToken cancellationToken = default) =>
        await QueryAsync(ListSql, Read, cancellationToken, Parameter(count)).ConfigureAwait(false);

    public async ValueTask<bool> CancelAsync(long id, CancellationToken cancellationToken = default) =>
        (await QueryAsync(CancelSql, ReadId, cancellationToken, Parameter(id)).ConfigureAwait(false)).Count > 0;

    public async ValueTask<TakenWarming?> TakeAsync(string worker, TimeSpan abandonedAfter, CancellationToken cancellationToken = default) =>
        (await QueryAsync(
            TakeSql,
            row => new TakenWarming(row.GetInt64(0), new WarmingRequest { Keys = Words(row, 1), Families = Words(row, 2), Top = row.IsDBNull(3) ? null : row.GetInt32(3) }),
            cancellationToken, Parameter(worker), Parameter(abandonedAfter)).ConfigureAwait(false)).FirstOrDefault();

    public async ValueTask<long> BeginAsync(string worker, string reason, CancellationToken cancellationToken = default) =>
        (await QueryAsync(BeginSql, ReadId, cancellationToken, Parameter(worker), Parameter(reason)).ConfigureAwait(false))[0];

    public async ValueTask<bool> ReportAsync(string worker, WarmingStatus status, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(status);
        return (await QueryAsync(
            ReportSql, ReadId, cancellationToken, Parameter(status.Id), Parameter(worker), Parameter(status.State), Parameter(status.Total), Parameter(status.Done),
            Parameter(status.Failed), Parameter(status.Rate), Parameter(status.EtaSeconds), Parameter(status.Message)).ConfigureAwait(false)).Count > 0;
    }

    private ValueTask<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        database.QueryAsync(QueryKinds.Warming, sql, read, cancellationToken, parameters);

    private static long ReadId(NpgsqlDataReader row) => row.GetInt64(0);

    private static string[]? Words(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<string[]>(column);

    private static WarmingStatus Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        State = row.GetString(1),
        Reason = row.GetString(2),
        Total = row.GetInt32(3),
        Done = row.GetInt32(4),
        Failed = row.GetInt32(5),
        Rate = row.GetDouble(6),
        EtaSeconds = row.IsDBNull(7) ? null : row.GetDouble(7),
        Message = row.IsDBNull(8) ? null : row.GetString(8),
        RequestedAt = row.GetFieldValue<DateTimeOffset>(9),
        StartedAt = row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10),
        FinishedAt = row.IsDBNull(11) ? null : row.GetFieldValue<DateTimeOffset>(11),
    };
}
