namespace Aspire.Npgsql;

/// <summary>Settings of the Postgres data source; bound from <c>Aspire:Npgsql</c> and <c>Aspire:Npgsql:{name}</c>.</summary>
public class NpgsqlSettings
{
    /// <summary>What to connect to, such as <c>Host=localhost;Database=productdb;...</c>; <c>ConnectionStrings:{name}</c> wins over it.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Leaves the health check out. Default: false.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Leaves the trace source <c>Npgsql</c> out. Default: false.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>Leaves the meter <c>Npgsql</c> out. Default: false.</summary>
    public bool DisableMetrics { get; set; }
}
