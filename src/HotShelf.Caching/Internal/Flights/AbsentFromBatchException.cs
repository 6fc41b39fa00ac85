namespace HotShelf.Caching.Internal.Flights;

/// <summary>A batch fill found nothing for a key; never leaves the cache.</summary>
internal sealed class AbsentFromBatchException : Exception;
