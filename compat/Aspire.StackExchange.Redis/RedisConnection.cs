using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>What one named connection is made from; says what is wrong with it without ever repeating it, since it holds a password.</summary>
internal sealed class RedisConnection(string name, string sectionName, string? connectionString, Action<ConfigurationOptions> configure)
{
    /// <summary>Checks and completes the options.</summary>
    /// <exception cref="InvalidOperationException">There is no endpoint, or the connection string cannot be read.</exception>
    public ConfigurationOptions Options()
    {
        var options = Parse(connectionString ?? "");
        // A server that is not up yet must not stop the start; who wants that says abortConnect=true.
        if (connectionString?.Contains("abortConnect", StringComparison.OrdinalIgnoreCase) != true)
            options.AbortOnConnectFail = false;
        configure(options);
        if (options.EndPoints.Count == 0)
        {
            throw new InvalidOperationException(
                $"No endpoints specified. Ensure a valid connection string was provided in 'ConnectionStrings:{name}' or for the '{sectionName}:ConnectionString' configuration key.");
        }

        return options;
    }

    /// <summary>Connects; with <c>abortConnect=false</c> also when the server does not answer, and goes on trying in the background.</summary>
    public ConnectionMultiplexer Connect()
    {
        var multiplexer = ConnectionMultiplexer.Connect(Options());
        // Version 1.2.6 resumes awaits on the thread that reads the socket, in order; a continuation that blocks would stop every reply.
        multiplexer.PreserveAsyncOrder = false;
        return multiplexer;
    }

    private ConfigurationOptions Parse(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            // The client's own message may quote a part of the text: a password with a comma or an equals sign in it.
            throw new InvalidOperationException(
                $"The connection string of the Redis resource '{name}' cannot be read{Where(text)}. Set 'ConnectionStrings:{name}' (or '{sectionName}:ConnectionString') to "
                + "'host:port,password=...,option=value'; the value is not shown here because it may hold a password.");
        }
    }

    private static string Where(string text)
    {
        var parts = text.Split(',');
        for (var i = 0; i < parts.Length; i++)
        {
            try
            {
                _ = ConfigurationOptions.Parse(parts[i]);
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
            {
                return $": part {i + 1} of {parts.Length} (separated by commas) is wrong";
            }
        }

        return "";
    }
}
