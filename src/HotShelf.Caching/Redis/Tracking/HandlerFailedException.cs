namespace HotShelf.Caching.Redis.Tracking;

/// <summary>The owner of the stream threw while it was told something: the change counts as missed. The owner's words stay out of the message, they may hold a key.</summary>
internal sealed class HandlerFailedException(Exception cause) : IOException("the owner of the stream failed to take what it was told", cause);
