namespace HotShelf.Caching.Redis.Tracking;

/// <summary>The server answered a command with an error.</summary>
/// <param name="message">The server's words, without secrets.</param>
internal sealed class RedisErrorException(string message) : Exception(message)
{
    private const int MaxLength = 256;

    // What passes by itself: a server that starts, is overloaded, runs a long script, or has lost its primary or its cluster.
    private static readonly string[] s_passing = ["LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "ERR max number of clients", "OOM"];

    /// <summary>True for a state of the server that passes by itself: connect again soon. False for a command or credentials it will not take.</summary>
    public bool IsPassing => s_passing.Any(word => Message.StartsWith(word, StringComparison.Ordinal));

    /// <summary>
    /// Makes the server's words fit for a log. Servers before Redis 6 repeat the arguments of a command they do not know, which for HELLO is the
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
