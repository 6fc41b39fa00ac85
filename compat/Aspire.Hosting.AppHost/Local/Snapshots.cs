using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>What is known of a resource before anything has happened.</summary>
internal static class Snapshots
{
    public static CustomResourceSnapshot Initial(IResource resource) => new()
    {
        ResourceType = resource switch
        {
            ProjectResource => "Project",
            ExecutableResource => "Executable",
            ParameterResource => "Parameter",
            ContainerResource => "Container",
            _ => resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal),
        },
        Properties = [],
        State = KnownResourceStates.NotStarted,
        HealthReports = [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => new HealthReportSnapshot(a.Key, null, null, null))],
        Relationships = [.. resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(a => new RelationshipSnapshot(a.Resource.Name, a.Type)).Distinct()],
    };

    /// <summary>The reports as they are before a start's first check.</summary>
    public static ImmutableArray<HealthReportSnapshot> NoReports(IResource resource) => Initial(resource).HealthReports;
}
