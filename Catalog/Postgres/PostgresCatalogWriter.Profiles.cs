using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed partial class PostgresCatalogWriter
{
    private const string LockProfileSql = "select version from user_profiles where user_id = $1 for update";
    private const string SaveProfileSql = $"""
        insert into user_profiles (user_id, display_name, email, locale, favourite_categories) values ($1, $2, $3, $4, $5)
        on conflict (user_id) do update set display_name = excluded.display_name, email = excluded.email, locale = excluded.locale,
            favourite_categories = excluded.favourite_categories
        returning {PostgresProfileReader.Columns}
        """;

    public ValueTask<WriteResult<UserProfile>> SaveProfileAsync(
        string userId, ProfileInput input, long? expectedVersion = null, CancellationToken cancellationToken = default)
    {
        Check(CatalogRules.Validate(input));
        if (!CatalogRules.IsUserId(userId))
            throw new ArgumentException("a user id must be 1 to 64 letters, digits, '_' and '-'", nameof(userId));
        return WriteAsync<UserProfile>(async write =>
        {
            if (expectedVersion is not null)
            {
                var versions = await write.QueryAsync(LockProfileSql, row => row.GetInt64(0), Parameter(userId)).ConfigureAwait(false);
                if (versions.Count == 0)
                    return new WriteResult<UserProfile> { Status = WriteStatus.NotFound };
                if (versions[0] != expectedVersion)
                    return new WriteResult<UserProfile> { Status = WriteStatus.Conflict, CurrentVersion = versions[0] };
            }

            var saved = await write.QueryAsync(
                SaveProfileSql, PostgresProfileReader.Read,
                Parameter(userId), Parameter(input.DisplayName!), Parameter(input.Email!), Parameter(input.Locale!), Parameter(Words(input.FavouriteCategories))).ConfigureAwait(false);
            return new WriteResult<UserProfile> { Status = WriteStatus.Done, Value = saved[0], Version = saved[0].Version };
        }, cancellationToken);
    }
}
