using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Local;

/// <summary>Ties the engine to the life of the host.</summary>
internal sealed class EngineHost(LocalEngine engine, StartFailure failure) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => failure.KeepAsync(engine.StartAsync(cancellationToken));

    public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync();
}
