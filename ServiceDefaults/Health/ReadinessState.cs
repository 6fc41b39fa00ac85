using Microsoft.Extensions.Hosting;

namespace HotShelf.ServiceDefaults.Health;

/// <summary>Whether this process wants requests. Off from the moment it is told to stop; a service may turn it off too, such as while it warms.</summary>
public sealed class ReadinessState
{
    private readonly CancellationToken _stopping;
    private volatile string? _notReady;

    /// <summary>Follows the host's lifetime.</summary>
    public ReadinessState(IHostApplicationLifetime lifetime)
    {
        ArgumentNullException.ThrowIfNull(lifetime);
        _stopping = lifetime.ApplicationStopping;
    }

    /// <summary>Why no requests are wanted, for <c>/ready</c>; null while they are.</summary>
    public string? NotReadyBecause => _stopping.IsCancellationRequested ? "stopping" : _notReady;

    /// <summary>Requests are wanted.</summary>
    public void SetReady() => _notReady = null;

    /// <summary>No requests are wanted, because of <paramref name="reason"/>.</summary>
    public void SetNotReady(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        _notReady = reason;
    }
}
