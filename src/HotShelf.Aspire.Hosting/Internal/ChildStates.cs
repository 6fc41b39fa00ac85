using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Executables;

/// <summary>Gives the children of a server, its databases, the server's state. Aspire does this for containers only.</summary>
internal static class ChildStates
{
    public static void Follow(ServerExecutableResource server, DistributedApplicationModel model, IServiceProvider services)
    {
        var children = model.Resources.Where(resource => IsChild(resource, server)).ToList();
        // They name the container as their parent. Aspire looks for the resource that it runs.
        foreach (var child in children.Where(child => child is IResourceWithParent { Parent: var parent } && parent == server.Container))
            child.Annotations.Add(new ResourceRelationshipAnnotation(server, "Parent"));
        if (children.Count > 0)
            _ = FollowAsync(server, children, services);
    }

    private static bool IsChild(IResource resource, ServerExecutableResource server) =>
        resource is IResourceWithParent { Parent: var parent } and not ContainerResource and not ExecutableResource and not ProjectResource
        && (parent == server.Container || IsChild(parent, server));

    private static async Task FollowAsync(ServerExecutableResource server, List<IResource> children, IServiceProvider services)
    {
        var notifications = services.GetRequiredService<ResourceNotificationService>();
        var stop = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await foreach (var update in notifications.WatchAsync(stop).ConfigureAwait(false))
            {
                if (update.Resource != server)
                    continue;
                foreach (var child in children)
                {
                    await notifications.PublishUpdateAsync(child, snapshot => snapshot with
                    {
                        State = update.Snapshot.State,
                        StartTimeStamp = update.Snapshot.StartTimeStamp,
                        StopTimeStamp = update.Snapshot.StopTimeStamp,
                    }).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application ends.
        }
    }
}
