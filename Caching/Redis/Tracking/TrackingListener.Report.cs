using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Telling the owner and the log what became of the stream, once per change.</summary>
internal sealed partial class TrackingListener
{
    private Said _said;

    private enum Said
    {
        Nothing,
        Established,
        Down,
        Refused,
    }

    /// <summary>Runs on the connection's reader, between the server's OK and the first push.</summary>
    private void Establish(EndPoint endPoint)
    {
        _isEstablished = true;
        _said = Said.Established;
        _handler.OnEstablished();
        _logger.LogBack(endPoint);
    }

    /// <summary>Runs after the reader has ended, so the owner never hears two things at a time. Returns how long to wait before the next connection.</summary>
    private TimeSpan Report(EndPoint endPoint, Exception exception)
    {
        if (_isEstablished)
        {
            _isEstablished = false;
            _said = Said.Down;
            _logger.LogLost(endPoint, exception.Message);
            Tell(static handler => handler.OnLost());
            GoOn(endPoint, exception, wasEstablished: true);
            return _backoff.Next();
        }

        if (exception is RedisErrorException { IsPassing: false } or RespException)
            return ReportRefused(endPoint, exception.Message);
        if (_said is Said.Nothing)
        {
            _said = Said.Down;
            _logger.LogUnreachable(endPoint, exception.Message);
        }
        else
        {
            _logger.LogRetry(endPoint, exception.Message);
        }

        GoOn(endPoint, exception, wasEstablished: false);
        return _backoff.Next();
    }

    private TimeSpan ReportRefused(EndPoint endPoint, string reason)
    {
        if (_said is not Said.Refused)
        {
            _said = Said.Refused;
            _logger.LogRefused(endPoint, reason, _options.RefusedRetry);
            Tell(handler => handler.OnRefused(reason));
        }

        _route.Skip();
        // Half of the wait is left to chance, so that a fleet does not ask in step.
        return _options.RefusedRetry * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    private void GoOn(EndPoint endPoint, Exception exception, bool wasEstablished)
    {
        if (exception is NotPrimaryException { Primary: var primary })
        {
            _logger.LogMoved(endPoint);
            _route.Skip();
            if (primary is not null)
                _route.GoTo(primary);
        }
        else if (!wasEstablished)
        {
            _route.Skip();
        }
        else
        {
            // A server that told changes until now is asked first: it is the primary, and most breaks are short.
            _route.GoTo(endPoint);
        }
    }

    private void Tell(Action<ITrackingHandler> call)
    {
        try
        {
            call(_handler);
        }
        catch (Exception exception)
        {
            // The stream must survive its owner's defects, or they would become a silent outage.
            _logger.LogHandlerFailed(exception);
        }
    }
}
