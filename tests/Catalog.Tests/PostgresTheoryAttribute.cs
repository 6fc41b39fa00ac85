using HotShelf.TestServers;

namespace HotShelf.Catalog.Tests;

/// <summary>A theory that needs a real Postgres server; without one it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresServer.Missing;
}
