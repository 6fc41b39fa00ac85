using Npgsql;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>What to set, for the server's refusals that waiting does not end.</summary>
internal static class SetupFailure
{
    /// <summary>The message; null for a failure that may end by itself.</summary>
    /// <param name="failure">What the server said.</param>
    /// <param name="user">The role, quoted where SQL needs it.</param>
    /// <param name="sql">The statement that it refused; null for connecting and replicating.</param>
    public static string? Describe(PostgresException failure, string? user, string? sql = null) => failure.SqlState switch
    {
        PostgresErrorCodes.InsufficientPrivilege when IsForReplicating(sql) && !IsOfObject(failure) =>
            $"Role {user} may not replicate ({failure.MessageText}): run ALTER ROLE {user} REPLICATION (Amazon RDS: GRANT rds_replication TO {user}).",
        PostgresErrorCodes.InsufficientPrivilege when IsForReplicating(sql) =>
            $"Role {user} lacks a right ({failure.MessageText}): run GRANT USAGE ON SCHEMA … TO {user}, GRANT CONNECT ON DATABASE … TO {user}, or GRANT EXECUTE ON FUNCTION … TO {user}.",
        PostgresErrorCodes.InsufficientPrivilege =>
            $"Role {user} may not prepare the database ({failure.MessageText}): let the owner of the tables run \"{sql};\".",
        // PgBouncer before 1.23 refuses the parameter "replication", later ones "options".
        PostgresErrorCodes.ProtocolViolation when failure.MessageText.Contains("startup parameter", StringComparison.Ordinal) =>
            $"The connection leads to a pooler such as PgBouncer ({failure.MessageText}), which does not pass replication on: give the change feed a connection string with host and port of PostgreSQL itself.",
        PostgresErrorCodes.ObjectNotInPrerequisiteState when failure.MessageText.Contains("max_replication_slots", StringComparison.Ordinal) =>
            "PostgreSQL allows no replication slots: set max_replication_slots to 10 and restart it.",
        PostgresErrorCodes.ConfigurationLimitExceeded => $"PostgreSQL has no free replication slot ({failure.MessageText}): raise max_replication_slots and restart it, or drop unused slots.",
        PostgresErrorCodes.TooManyConnections when failure.MessageText.Contains("max_wal_senders", StringComparison.Ordinal) =>
            $"PostgreSQL has no free WAL sender ({failure.MessageText}): raise max_wal_senders and restart it.",
        PostgresErrorCodes.InvalidName => $"The name of a mapped table is not one ({failure.MessageText}): write it as in SQL, in quotes when it has more than lower case letters, digits and _.",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"PostgreSQL refuses role {user} ({failure.MessageText}): correct the connection string, or pg_hba.conf.",
        _ => null,
    };

    private static bool IsForReplicating(string? sql) => sql is null || sql.Contains("replication_slot", StringComparison.Ordinal);

    /// <summary>Whether a right on a database, a schema or a function is what lacks. The routine is the server's own name for the place: unlike the message it is never translated.</summary>
    private static bool IsOfObject(PostgresException failure) => failure.Routine is "aclcheck_error" or "CheckMyDatabase";
}
