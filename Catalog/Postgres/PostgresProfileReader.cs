using Npgsql;
using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed class PostgresProfileReader(CatalogDatabase database) : IProfileReader
{
    internal const string Columns = "user_id, display_name, email, locale, favourite_categories, updated_at, version";
    private const string FindSql = $"select {Columns} from user_profiles where user_id = $1";

    public async ValueTask<UserProfile?> FindAsync(string userId, CancellationToken cancellationToken = default)
    {
        var rows = await database.ReadAsync(QueryKinds.Profile, FindSql, Read, cancellationToken, Parameter(userId)).ConfigureAwait(false);
        return rows.Count > 0 ? rows[0] : null;
    }

    internal static UserProfile Read(NpgsqlDataReader row) => new()
    {
        UserId = row.GetString(0),
        DisplayName = row.GetString(1),
        Email = row.GetString(2),
        Locale = row.GetString(3),
        FavouriteCategories = ReadWords(row, 4),
        UpdatedAt = row.GetFieldValue<DateTimeOffset>(5),
        Version = row.GetInt64(6),
    };
}
