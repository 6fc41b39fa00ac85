using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Where and how to listen for changes. Its text representation omits the password.</summary>
internal sealed record TrackingOptions
{
    /// <summary>Servers to try, in order: one standalone server, a primary and its replicas, or some nodes of a cluster.</summary>
    public required IReadOnlyList<EndPoint> EndPoints { get; init; }

    /// <summary>Only keys with this prefix are reported; not empty. The server rejects overlapping prefixes of one connection.</summary>
    public required string Prefix { get; init; }

    /// <summary>The ACL user and password, requested at each connection and heartbeat, so that tokens can be renewed. Without a user <c>default</c>; without a password no AUTH.</summary>
    public Func<(string? User, string? Password)> Credentials { get; init; } = static () => default;

    /// <summary>The name in CLIENT LIST; no spaces or control characters. Default <c>hotshelf-tracking</c>.</summary>
    public string ClientName { get; init; } = "hotshelf-tracking";

    /// <summary>TLS options for a host. Default null: no TLS.</summary>
    public Func<string, SslClientAuthenticationOptions>? Tls { get; init; }

    /// <summary>Called with each socket before it connects, for keep-alive and other socket options. Default none.</summary>
    public Action<EndPoint, Socket>? BeforeConnect { get; init; }

    /// <summary>Time between heartbeats of an idle connection. Default 1 s, at least 10 ms.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time limit of a command; when it is exceeded the connection counts as lost. Default 2 s, at least 10 ms.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time limit for connecting, including TLS. Default 2 s, at least 10 ms.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Upper bound of the first wait before reconnecting; it doubles with each failure. Default 20 ms.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Upper bound of every wait before reconnecting. Default 1 s, so that tracking is restored within a second after the server.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Wait before retrying a server that refused tracking or the credentials. Default 30 s.</summary>
    public TimeSpan RefusedRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Interval of the check that a server is still a primary. Default 5 s.</summary>
    public TimeSpan RoleInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Interval of the query for a cluster's nodes. Default 1 s.</summary>
    public TimeSpan TopologyInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long no node may have answered that query before the stream of a cluster counts as lost. Default 5 s.</summary>
    public TimeSpan TopologyLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>True for one primary of a cluster: when it becomes a replica, the coordinator chooses another, not the listener. Default false.</summary>
    public bool IsClusterNode { get; init; }

    /// <exception cref="ArgumentException">A value is out of range; the message names it and the allowed range.</exception>
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
        RequireTime(TopologyLimit, nameof(TopologyLimit));
        Require(MaxBackoff >= FirstBackoff && MaxBackoff <= TimeSpan.FromHours(1), nameof(MaxBackoff), "it must be between FirstBackoff and an hour");
    }

    private static void RequireTime(TimeSpan value, string name) =>
        Require(value >= TimeSpan.FromMilliseconds(10) && value <= TimeSpan.FromHours(1), name, $"{value} is not between 10 ms and an hour");

    private static void Require(bool condition, string name, string message)
    {
        if (!condition)
            throw new ArgumentException($"{nameof(TrackingOptions)}.{name}: {message}", name);
    }

    /// <summary>Omits the password, which the record's generated text would contain.</summary>
    public override string ToString() => $"{nameof(TrackingOptions)} {{ {nameof(EndPoints)} = {string.Join(", ", EndPoints)}, {nameof(Tls)} = {Tls is not null} }}";
}
