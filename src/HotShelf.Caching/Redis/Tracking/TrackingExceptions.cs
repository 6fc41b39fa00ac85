using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>The server sent bytes that are not RESP, or exceed the reader's limits. The connection is not usable afterwards.</summary>
internal sealed class RespException(string message) : IOException(message);

/// <summary>The handler threw: the change counts as missed. The handler's message is not repeated, because it may contain a key.</summary>
internal sealed class HandlerFailedException(Exception cause) : IOException("the invalidation handler failed", cause);

/// <summary>The server is a replica: it reports changes later than its primary, and clients write to the primary.</summary>
internal sealed class NotPrimaryException(EndPoint? primary) : Exception("the server is a replica")
{
    /// <summary>The replica's primary; null when unknown.</summary>
    public EndPoint? Primary => primary;
}

/// <summary>The server answered a command with an error.</summary>
/// <param name="message">The server's error text, without secrets.</param>
internal sealed class RedisErrorException(string message) : Exception(message)
{
    private const int MaxLength = 256;

    // The server is starting, overloaded or running a long script, or has lost its primary or cluster.
    private static readonly string[] s_transient = ["LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "ERR max number of clients", "OOM"];

    /// <summary>True for a temporary state of the server: reconnect soon. False for a refused command or refused credentials.</summary>
    public bool IsTransient => s_transient.Any(word => Message.StartsWith(word, StringComparison.Ordinal));

    /// <summary>
    /// Removes secrets from an error text. Servers before Redis 6 repeat the arguments of an unknown command, and those of HELLO contain the
    /// password: <c>ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, ...</c>.
    /// </summary>
    public static RedisErrorException From(string text, string? secret)
    {
        var arguments = text.IndexOf(", with args", StringComparison.OrdinalIgnoreCase);
        if (arguments >= 0)
            text = text[..arguments];
        if (!string.IsNullOrEmpty(secret))
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        var visible = string.Concat(text.Take(MaxLength).Select(letter => char.IsControl(letter) ? ' ' : letter));
        return new RedisErrorException(visible);
    }
}
