namespace Aspire.Hosting.Local;

/// <summary>
/// What stopped the start, kept past the host: the host would log it with its stack trace, whatever the log settings of the application are, above the
/// message that says what to do.
/// </summary>
internal sealed class StartFailure
{
    private DistributedApplicationException? _exception;

    public async Task KeepAsync(Task start)
    {
        try
        {
            await start.ConfigureAwait(false);
        }
        catch (DistributedApplicationException exception)
        {
            _exception = exception;
        }
    }

    public void Throw()
    {
        if (_exception is { } exception)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
    }
}
