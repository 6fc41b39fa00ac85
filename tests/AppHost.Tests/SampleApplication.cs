using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace HotShelf.AppHostTests;

/// <summary>One running application that several tests look at.</summary>
public sealed class SampleApplication : IAsyncLifetime
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private DistributedApplication? _application;

    public DistributedApplication Application => _application ?? throw new InvalidOperationException("PostgreSQL or Redis is not installed");

    public async Task InitializeAsync()
    {
        if (TestServers.RedisServer.Missing is null && TestServers.PostgresServer.Missing is null)
            _application = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_application is not null)
            await _application.DisposeAsync();
    }

    public static async Task<DistributedApplication> StartAsync(params string[] args)
    {
        using var limit = new CancellationTokenSource(Limit);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Sample_AppHost>(args, limit.Token);
        var application = await builder.BuildAsync(limit.Token);
        try
        {
            await application.StartAsync(limit.Token);
            await application.ResourceNotifications.WaitForResourceHealthyAsync("worker", limit.Token);
            return application;
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }
}
