using Xunit;

namespace HotShelf.TestServers;

/// <summary>A theory that needs both real servers; without them it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class ServersTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the servers once, when tests are found.</summary>
    public ServersTheoryAttribute() => Skip = RedisServer.Missing ?? PostgresServer.Missing;
}
