namespace Aspire.Hosting.Testing;

/// <summary>An application of a test: change it, build it, start it; disposing it removes whatever it left.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}
