using Xunit;

namespace HotShelf.TestServers;

/// <summary>A fact that needs a real Redis server; without one it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class RedisFactAttribute : FactAttribute
{
    /// <summary>Looks for the server once, when tests are found.</summary>
    public RedisFactAttribute() => Skip = RedisServer.Missing;
}

/// <summary>A theory that needs a real Redis server; without one it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class RedisTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the server once, when tests are found.</summary>
    public RedisTheoryAttribute() => Skip = RedisServer.Missing;
}

/// <summary>A fact that needs a real Postgres server; without one it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    /// <summary>Looks for the server once, when tests are found.</summary>
    public PostgresFactAttribute() => Skip = PostgresServer.Missing;
}

/// <summary>A theory that needs a real Postgres server; without one it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the server once, when tests are found.</summary>
    public PostgresTheoryAttribute() => Skip = PostgresServer.Missing;
}

/// <summary>A fact that needs both real servers; without them it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class ServersFactAttribute : FactAttribute
{
    /// <summary>Looks for the servers once, when tests are found.</summary>
    public ServersFactAttribute() => Skip = RedisServer.Missing ?? PostgresServer.Missing;
}
