using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Where and how to listen for changes. Its text never shows the password.</summary>
internal sealed record TrackingOptions
{
    /// <summary>Servers to ask, in order: one standalone server, a primary and its replicas, or some nodes of a cluster.</summary>
    public required IReadOnlyList<EndPoint> EndPoints { get; init; }

    /// <summary>Keys that begin with this are told, and no others; not empty. Only ours may use it: overlapping prefixes are an error to the server.</summary>
    public required string Prefix { get; init; }

    /// <summary>The ACL user and its password, asked for at each connection and each heartbeat, so that a token can be renewed. No user: <c>default</c>; no password: none is sent.</summary>
    public Func<(string? User, string? Password)> Credentials { get; init; } = static () => default;

    /// <summary>What CLIENT LIST shows; no spaces or control characters. Default <c>hotshelf-tracking</c>.</summary>
    public string ClientName { get; init; } = "hotshelf-tracking";

    /// <summary>How to encrypt the connection to a host. Default null: the connection is not encrypted.</summary>
    public Func<string, SslClientAuthenticationOptions>? Tls { get; init; }

    /// <summary>Called with each socket before it connects, for keep-alive and other socket options. Default none.</summary>
    public Action<EndPoint, Socket>? BeforeConnect { get; init; }

    /// <summary>Time between two signs of life asked of a quiet server. Default 1 s, at least 10 ms.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A command unanswered for this long means the connection is lost. Default 2 s, at least 10 ms.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Limit on connecting, encryption included. Default 2 s, at least 10 ms.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Upper bound of the first wait before connecting again; it doubles with each failure. Default 20 ms.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Upper bound of every wait before connecting again. Default 1 s, so that the stream is back within a second of the server.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Wait before asking a server again that refused tracking or the credentials. Default 30 s.</summary>
    public TimeSpan RefusedRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a server is asked whether it still is a primary. Default 5 s.</summary>
    public TimeSpan RoleInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a cluster is asked for its nodes. Default 1 s.</summary>
    public TimeSpan TopologyInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>True for one primary of a cluster: the coordinator, not the listener, looks for another when it becomes a replica. Default false.</summary>
    public bool IsClusterNode { get; init; }

    /// <exception cref="ArgumentException">A value is out of its range; the message says which and what is allowed.</exception>
    public void Validate()
    {
        Require(EndPoints.Count > 0, nameof(EndPoints), "at least one endpoint is needed");
        Require(Prefix.Length > 0, nameof(Prefix), "a prefix must not be empty: it would tell every change on the server");
        Require(ClientName.Length > 0 && ClientName.All(letter => letter is > ' ' and <= '~'), nameof(ClientName), "only visible ASCII characters are allowed");
        RequireTime(Heartbeat, nameof(Heartbeat));
        RequireTime(AnswerTimeout, nameof(AnswerTimeout));
        RequireTime(ConnectTimeout, nameof(ConnectTimeout));
        RequireTime(FirstBackoff, nameof(FirstBackoff));
        RequireTime(RefusedRetry, nameof(RefusedRetry));
        RequireTime(RoleInterval, nameof(RoleInterval));
        RequireTime(TopologyInterval, nameof(TopologyInterval));
        Require(MaxBackoff >= FirstBackoff && MaxBackoff <= TimeSpan.FromHours(1), nameof(MaxBackoff), "it must be between FirstBackoff and an hour");
    }

    private static void RequireTime(TimeSpan value, string name) =>
        Require(value >= TimeSpan.FromMilliseconds(10) && value <= TimeSpan.FromHours(1), name, $"{value} is not between 10 ms and an hour");

    private static void Require(bool condition, string name, string message)
    {
        if (!condition)
            throw new ArgumentException($"{nameof(TrackingOptions)}.{name}: {message}", name);
    }

    /// <summary>Without the password, which a record's own text would show in every interpolated string.</summary>
    public override string ToString() => $"{nameof(TrackingOptions)} {{ {nameof(EndPoints)} = {string.Join(", ", EndPoints)}, {nameof(Tls)} = {Tls is not null} }}";
}
