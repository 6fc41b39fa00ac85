namespace Aspire.StackExchange.Redis;

/// <summary>Settings of the Redis client; bound from <c>Aspire:StackExchange:Redis</c> and <c>Aspire:StackExchange:Redis:{name}</c>.</summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>What to connect to, such as <c>localhost:6379,password=...</c>; <c>ConnectionStrings:{name}</c> wins over it.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Leaves the health check out. Default: false.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Connects when the client is first asked for, not when the host starts. Default: false.</summary>
    public bool DisableAutoActivation { get; set; }
}
