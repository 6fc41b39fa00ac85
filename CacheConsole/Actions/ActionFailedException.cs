namespace HotShelf.CacheConsole.Actions;

/// <summary>An action was not done; the message tells the operator why.</summary>
internal sealed class ActionFailedException(string message, Exception? inner = null) : Exception(message, inner);
