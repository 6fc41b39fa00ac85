using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Publishing;

/// <summary>Writes the manifest and ends the application.</summary>
internal sealed class ManifestPublisher(DistributedApplicationModel model, IDistributedApplicationEventing eventing, IServiceProvider services, IConfiguration configuration,
    DistributedApplicationExecutionContext execution, IHostApplicationLifetime lifetime, ILogger<ManifestPublisher> logger, Local.StartFailure failure) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => failure.KeepAsync(PublishAsync(cancellationToken));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        if (configuration["Publishing:Publisher"] is { } publisher && publisher != "manifest")
            throw new DistributedApplicationException($"The publisher '{publisher}' is not known. There is one: --publisher manifest.");
        if (configuration["Publishing:Publisher"] is null && configuration["Pipeline:Step"] is var step && step != "publish-manifest")
            throw new DistributedApplicationException($"The step '{step}' is not known. There is one: --operation publish --step publish-manifest.");
        var path = configuration["Publishing:OutputPath"]
            ?? throw new DistributedApplicationException("The '--output-path [path]' option was not specified even though manifest publishing was requested.");
        await eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken).ConfigureAwait(false);
        path = Path.GetFullPath(path.EndsWith(".json", StringComparison.Ordinal) ? path : Path.Combine(path, "aspire-manifest.json"));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await new ManifestWriter(model, execution).WriteAsync(path, cancellationToken).ConfigureAwait(false);
        Local.Log.Published(logger, path);
        lifetime.StopApplication();
    }
}
