namespace HotShelf.ProductApi.Sessions;

/// <summary>Redis, which alone keeps sessions, does not answer.</summary>
internal sealed class SessionStoreUnavailableException() : Exception("Redis does not answer, so sessions can be neither read nor kept.");
