namespace Aspire.Hosting.Executables;

/// <summary>A server cannot start, and the message says what to do. Logs show the message alone: a stack trace would hide it.</summary>
internal sealed class ServerStartException(string message) : DistributedApplicationException(message)
{
    public override string ToString() => Message;
}
