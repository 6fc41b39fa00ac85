namespace HotShelf.ProductApi;

/// <summary>Every message of this process. No keys, tokens or users in any of them. Event ids 3000 to 3099.</summary>
internal static partial class Log
{
    public const int ApiKeysLoadedId = 3001;
    public const int ApiKeysRejectedId = 3002;
    public const int RateLimitedId = 3004;

    [LoggerMessage(ApiKeysLoadedId, LogLevel.Information, "Loaded {count} API keys", EventName = nameof(ApiKeysLoaded))]
    public static partial void ApiKeysLoaded(ILogger logger, int count);

    [LoggerMessage(ApiKeysRejectedId, LogLevel.Error, "Changed API keys rejected, keeping the previous ones: {reason}", EventName = nameof(ApiKeysRejected))]
    public static partial void ApiKeysRejected(ILogger logger, string reason);

    [LoggerMessage(RateLimitedId, LogLevel.Debug, "Responded 429: rate limit exceeded", EventName = nameof(RateLimited))]
    public static partial void RateLimited(ILogger logger);
}
