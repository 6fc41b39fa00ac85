using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Aspire.Npgsql;

/// <summary>What one named data source is made from; says what is wrong with it without ever repeating it, since it holds a password.</summary>
internal sealed class PostgresSource(string name, string sectionName, string? connectionString, Action<NpgsqlDataSourceBuilder>? configure)
{
    /// <summary>Throws when there is no connection string or it cannot be read.</summary>
    public void Validate()
    {
        if (string.IsNullOrEmpty(connectionString))
        {
            throw new InvalidOperationException(
                $"ConnectionString is missing. It should be provided in 'ConnectionStrings:{name}' or under the 'ConnectionString' key in '{sectionName}' or '{sectionName}:{name}' configuration section.");
        }

        if (Read(connectionString) is { } builder)
        {
            if (string.IsNullOrEmpty(builder.Host))
                throw new InvalidOperationException($"The connection string of the Postgres resource '{name}' names no host: add 'Host=...' to 'ConnectionStrings:{name}'.");
            return;
        }

        throw new InvalidOperationException(
            $"The connection string of the Postgres resource '{name}' cannot be read{Where(connectionString)}. Set 'ConnectionStrings:{name}' (or '{sectionName}:ConnectionString') to "
            + "'Host=...;Port=5432;Username=...;Password=...;Database=...'; the value is not shown here because it may hold a password.");
    }

    public NpgsqlDataSource Create(IServiceProvider services)
    {
        Validate();
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UseLoggerFactory(services.GetService<ILoggerFactory>());
        configure?.Invoke(builder);
        return builder.Build();
    }

    // Npgsql's own message may quote a part of the text: a password with a semicolon or an equals sign in it. So it is dropped.
    private static NpgsqlConnectionStringBuilder? Read(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            return null;
        }
    }

    private static string Where(string text)
    {
        var parts = text.Split(';');
        var wrong = Array.FindIndex(parts, static part => Read(part) is null);
        return wrong < 0 ? "" : $": part {wrong + 1} of {parts.Length} (separated by semicolons) is wrong";
    }
}
