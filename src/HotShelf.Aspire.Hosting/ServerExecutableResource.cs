using Aspire.Hosting.Executables;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A server that runs as a process of this machine in place of a container. It has the container's name, annotations and connection string.</summary>
public sealed class ServerExecutableResource : ExecutableResource, IResourceWithConnectionString
{
    private readonly IResourceWithConnectionString _connection;

    internal ServerExecutableResource(ContainerResource container, RunAsExecutableAnnotation settings)
        : base(container.Name, "/bin/sh", workingDirectory: "")
    {
        Container = container;
        Settings = settings;
        _connection = (IResourceWithConnectionString)container;
        // The base class has added what makes an executable. The rest is shared with the container, which others hold references to.
        foreach (var annotation in base.Annotations)
            container.Annotations.Add(annotation);
    }

    /// <summary>The container resource that this server stands for. It is no longer part of the running model.</summary>
    public ContainerResource Container { get; }

    /// <inheritdoc/>
    public override ResourceAnnotationCollection Annotations => Container is null ? base.Annotations : Container.Annotations;

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => _connection.ConnectionStringExpression;

    internal RunAsExecutableAnnotation Settings { get; }

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() => _connection.GetConnectionProperties();
}
