using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HotShelf.AppHost;

/// <summary>Says on the console where everything is, once it is healthy.</summary>
internal static class StartMessage
{
    /// <summary>Waits for the resources and writes their first links.</summary>
    public static void AnnounceWhenHealthy(this IDistributedApplicationBuilder builder, params IResourceBuilder<ProjectResource>[] projects)
    {
        if (!builder.ExecutionContext.IsRunMode)
            return;
        builder.Eventing.Subscribe<AfterResourcesCreatedEvent>((created, stop) =>
        {
            // Not awaited: the start goes on meanwhile.
            _ = AnnounceAsync(created.Services, [.. projects.Select(project => project.Resource.Name)]);
            return Task.CompletedTask;
        });
    }

    private static async Task AnnounceAsync(IServiceProvider services, string[] names)
    {
        var started = TimeProvider.System.GetTimestamp();
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var notifications = services.GetRequiredService<ResourceNotificationService>();
        try
        {
            var healthy = await Task.WhenAll(names.Select(name => notifications.WaitForResourceHealthyAsync(name, stopping)));
            var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
            await Console.Out.WriteLineAsync($"""

                HotShelf is healthy after {seconds} s. Ctrl+C stops it.
                {string.Join(Environment.NewLine, healthy.Select(resource => $"  {resource.Resource.Name,-13} {resource.Snapshot.Urls.First(url => !url.IsInternal).Url}"))}
                  API key       dotnet user-secrets list --project AppHost

                """);
        }
        catch (Exception exception) when (exception is OperationCanceledException or DistributedApplicationException)
        {
            // Stopped before, or a resource failed: its log and the dashboard say why.
        }
    }
}
