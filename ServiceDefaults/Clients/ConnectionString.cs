using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace HotShelf.ServiceDefaults.Clients;

/// <summary>
/// Checks a connection string when its client is registered. The clients read it at first use, when the process already runs and answers errors.
/// The messages name the configuration key and the position of the mistake, never the text: it may hold a password.
/// </summary>
internal static class ConnectionString
{
    /// <exception cref="OptionsValidationException">The text is missing, names no host or cannot be parsed.</exception>
    public static void CheckRedis(string name, string? text) =>
        Check(name, text, "host:port,password=...,ssl=true", ',', static text => ConfigurationOptions.Parse(text).EndPoints.Count > 0);

    /// <exception cref="OptionsValidationException">The text is missing, names no host or cannot be parsed.</exception>
    public static void CheckPostgres(string name, string? text) =>
        Check(name, text, "Host=...;Port=5432;Username=...;Password=...;Database=...", ';', static text => new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 });

    private static void Check(string name, string? text, string example, char separator, Func<string, bool> hasHost)
    {
        var mistake = string.IsNullOrWhiteSpace(text) ? "is missing" : FindMistake(text, separator, hasHost);
        if (mistake is not null)
            throw new OptionsValidationException(name, typeof(string), [$"'ConnectionStrings:{name}' {mistake}. Its form is {example}"]);
    }

    private static string? FindMistake(string text, char separator, Func<string, bool> hasHost)
    {
        if (Parse(text, hasHost) is { } valid)
            return valid ? null : "names no host";
        // The longest beginning that can be parsed ends before the mistake. A shorter one may end inside a quoted value.
        var parts = text.Split(separator);
        var good = parts.Length - 1;
        while (good > 0 && Parse(string.Join(separator, parts[..good]), hasHost) is null)
            good--;
        return $"cannot be read: part {good + 1} of {parts.Length}, separated by '{separator}', is no known setting or has a value of the wrong type";
    }

    // Null when it cannot be parsed. The exception is dropped because it repeats the text.
    private static bool? Parse(string text, Func<string, bool> hasHost)
    {
        try
        {
            return hasHost(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            return null;
        }
    }
}
