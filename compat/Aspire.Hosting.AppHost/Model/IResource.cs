using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the application: a project, a server, a parameter.</summary>
public interface IResource
{
    string Name { get; }

    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>A fact attached to a resource.</summary>
public interface IResourceAnnotation;

/// <summary>A resource whose processes get environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource whose processes get command-line arguments.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>A resource that listens.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that may wait for others before it starts.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource whose endpoints others may find by its name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>A resource that probes may be declared for.</summary>
public interface IResourceWithProbes : IResource;

/// <summary>A resource that runs code of its own.</summary>
public interface IComputeResource : IResource;

/// <summary>A resource that lives and dies with another one.</summary>
public interface IResourceWithParent : IResource
{
    IResource Parent { get; }
}

/// <summary>A resource that lives and dies with another one of a known type.</summary>
public interface IResourceWithParent<out T> : IResourceWithParent
    where T : IResource
{
    new T Parent { get; }

    IResource IResourceWithParent.Parent => Parent;
}

/// <summary>What happens to annotations of the same type when one is added.</summary>
public enum ResourceAnnotationMutationBehavior
{
    Append = 0,
    Replace = 1,
}

/// <summary>The annotations of a resource, in the order they were added.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>The base of every resource.</summary>
public abstract class Resource : IResource
{
    protected Resource(string name)
    {
        ResourceNames.Validate(name);
        Name = name;
    }

    public virtual string Name { get; }

    public virtual ResourceAnnotationCollection Annotations { get; } = [];

    public override string ToString() => $"Type = {GetType().Name}, Name = \"{Name}\"";
}

/// <summary>The resources of an application, in the order they were added.</summary>
public interface IResourceCollection : IList<IResource>;

/// <summary>Reading annotations.</summary>
public static class ResourceExtensions
{
    public static bool TryGetLastAnnotation<T>(this IResource resource, [NotNullWhen(true)] out T? annotation)
        where T : IResourceAnnotation
    {
        annotation = resource.Annotations.OfType<T>().LastOrDefault();
        return annotation is not null;
    }

    public static bool TryGetAnnotationsOfType<T>(this IResource resource, [NotNullWhen(true)] out IEnumerable<T>? result)
        where T : IResourceAnnotation
    {
        T[] found = [.. resource.Annotations.OfType<T>()];
        result = found.Length == 0 ? null : found;
        return result is not null;
    }

    public static bool HasAnnotationOfType<T>(this IResource resource)
        where T : IResourceAnnotation => resource.Annotations.OfType<T>().Any();

    public static int GetReplicaCount(this IResource resource) =>
        resource.TryGetLastAnnotation<ReplicaAnnotation>(out var replicas) ? replicas.Replicas : 1;
}
