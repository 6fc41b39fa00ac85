using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>The commands that enable tracking on a connection.</summary>
internal sealed partial class TrackingConnection
{
    private (string? User, string? Password) _credentials;

    /// <summary>HELLO 3: switches to RESP3, with the credentials and the client name. https://redis.io/docs/latest/commands/hello/</summary>
    /// <returns>The server's properties: <c>role</c>, <c>mode</c> and more.</returns>
    /// <exception cref="RedisErrorException">The server does not support HELLO or RESP3, or refuses the credentials.</exception>
    public async Task<RespValue> HelloAsync(CancellationToken cancellationToken)
    {
        _credentials = _options.Credentials();
        string[] credentials = _credentials.Password is { } password ? ["AUTH", _credentials.User ?? "default", password] : [];
        var hello = await ExecuteAsync(["HELLO", "3", .. credentials, "SETNAME", _options.ClientName], null, cancellationToken).ConfigureAwait(false);
        return hello.Find("proto")?.Number == 3 ? hello : throw new RedisErrorException("HELLO 3 was not answered with protocol 3");
    }

    /// <summary>Whether the answer to <see cref="HelloAsync"/> is that of a cluster's node.</summary>
    public static bool IsOfCluster(RespValue hello) => hello.Find("mode")?.Text == "cluster";

    /// <summary>AUTH with the current credentials when they have changed, so that a renewed token is sent before the server ends the connection.</summary>
    /// <exception cref="RedisErrorException">The server refuses them.</exception>
    public async Task RenewCredentialsAsync(CancellationToken cancellationToken)
    {
        var present = _options.Credentials();
        if (present == _credentials || present.Password is null)
            return;
        _credentials = present;
        await ExecuteAsync(["AUTH", present.User ?? "default", present.Password], null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>HELLO 3 without credentials only reads the server's role. Unlike ROLE, every user may call it.</summary>
    /// <exception cref="NotPrimaryException">The server is a replica.</exception>
    public async Task EnsurePrimaryAsync(CancellationToken cancellationToken) =>
        await EnsurePrimaryAsync(await ExecuteAsync(["HELLO", "3"], null, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <summary>Checks the role in the answer to <see cref="HelloAsync"/>.</summary>
    /// <exception cref="NotPrimaryException">The server is a replica.</exception>
    public async Task EnsurePrimaryAsync(RespValue hello, CancellationToken cancellationToken)
    {
        if (hello.Find("role")?.Text is "replica" or "slave")
            throw new NotPrimaryException(await FindPrimaryAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>CLIENT TRACKING ON BCAST: https://redis.io/docs/latest/commands/client-tracking/</summary>
    /// <param name="onTracking">Runs on the reader, before the first push.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RedisErrorException">The server does not support tracking, or does not allow it to this user.</exception>
    public Task TrackAsync(Action onTracking, CancellationToken cancellationToken) =>
        ExecuteAsync(["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", _options.Prefix], onTracking, cancellationToken);

    /// <summary>ROLE of a replica: <c>slave, host, port, state, offset</c>. A user without permission for ROLE continues with the configured endpoints.</summary>
    private async Task<EndPoint?> FindPrimaryAsync(CancellationToken cancellationToken)
    {
        try
        {
            var role = await ExecuteAsync(["ROLE"], null, cancellationToken).ConfigureAwait(false);
            return role.Items.Count >= 3 && role.Items[2].Number is > 0 and <= ushort.MaxValue ? ToEndPoint(role.Items[1].Text, (int)role.Items[2].Number) : null;
        }
        catch (RedisErrorException)
        {
            return null;
        }
    }

    /// <summary>Parses an address or host name with its port, as servers report them.</summary>
    internal static EndPoint ToEndPoint(string host, int port) =>
        IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
}
