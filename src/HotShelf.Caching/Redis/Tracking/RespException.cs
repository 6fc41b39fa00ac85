namespace HotShelf.Caching.Redis.Tracking;

/// <summary>The peer sent bytes that are not RESP, or RESP beyond the limits: the connection is of no more use.</summary>
internal sealed class RespException(string message) : IOException(message);
