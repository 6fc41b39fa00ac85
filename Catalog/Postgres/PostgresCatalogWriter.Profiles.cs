using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed partial class PostgresCatalogWriter
{
    private const string LockProfileSql = "select version from user_profiles where user_id = $1 for update";
    private const string InsertProfileSql = "insert into user_profiles (user_id, display_name, email, locale, favourite_categories) values ($1, $2, $3, $4, $5) on conflict (user_id)";
    private const string CreateProfileSql = $"{InsertProfileSql} do nothing returning {PostgresProfileReader.Columns}";
    private const string SaveProfileSql = $"""
        {InsertProfileSql} do update set display_name = excluded.display_name, email = excluded.email, locale = excluded.locale,
            favourite_categories = excluded.favourite_categories
        returning {PostgresProfileReader.Columns}
        """;

    public ValueTask<WriteResult<UserProfile>> SaveProfileAsync(
        string userId, ProfileInput input, WriteCondition condition = default, CancellationToken cancellationToken = default)
    {
        Check(CatalogRules.Validate(input));
        if (!CatalogRules.IsUserId(userId))
            throw new ArgumentException("a user id must be 1 to 64 letters, digits, '_' and '-'", nameof(userId));
        return WriteAsync<UserProfile>(async write =>
        {
            if (condition != WriteCondition.None && condition != WriteCondition.MustNotExist)
            {
                var version = await write.FindAsync<long?>([Statement(LockProfileSql, Parameter(userId))], row => row.GetInt64(0)).ConfigureAwait(false);
                if (!condition.Allows(version))
                    return new WriteResult<UserProfile> { Status = WriteStatus.Conflict, CurrentVersion = version };
            }

            var save = Statement(
                condition == WriteCondition.MustNotExist ? CreateProfileSql : SaveProfileSql,
                Parameter(userId), Parameter(input.DisplayName!), Parameter(input.Email!), Parameter(input.Locale!), Parameter(Words(input.FavouriteCategories)));
            return await write.FindAsync([save], PostgresProfileReader.Read).ConfigureAwait(false) is { } saved
                ? new WriteResult<UserProfile> { Status = WriteStatus.Done, Value = saved, Version = saved.Version, Profiles = [userId] }
                : new WriteResult<UserProfile> { Status = WriteStatus.Conflict };
        }, cancellationToken);
    }
}
