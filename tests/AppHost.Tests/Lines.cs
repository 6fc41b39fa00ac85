using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.AppHostTests;

/// <summary>What all instances of a resource have written so far.</summary>
internal static class Lines
{
    public static string[] Of(DistributedApplication application, string resource)
    {
        var loggers = application.Services.GetRequiredService<ResourceLoggerService>();
        return [.. loggers.InstancesOf(resource).SelectMany(id => loggers.Last(id, 100)).Select(l => l.Content)];
    }
}
