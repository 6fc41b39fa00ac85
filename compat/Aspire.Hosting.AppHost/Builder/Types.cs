using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What stops the application, with what to do about it in its message.</summary>
public class DistributedApplicationException : Exception
{
    public DistributedApplicationException()
    {
    }

    public DistributedApplicationException(string message)
        : base(message)
    {
    }

    public DistributedApplicationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Running, or writing the manifest.</summary>
public enum DistributedApplicationOperation
{
    Run = 0,
    Publish = 1,
}

/// <summary>What the AppHost is doing.</summary>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    public DistributedApplicationOperation Operation { get; } = operation;

    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    /// <summary>The services of the built application.</summary>
    public IServiceProvider ServiceProvider => Services ?? throw new InvalidOperationException("The application has not been built yet.");

    internal IServiceProvider? Services { get; set; }
}

/// <summary>How an application is put together.</summary>
public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    public string? AssemblyName { get; set; }

    public string? ProjectDirectory { get; set; }

    public string? DashboardApplicationName { get; set; }

    public bool DisableDashboard { get; set; }

    public bool EnableResourceLogging { get; set; }

    public bool AllowUnsecuredTransport { get; set; }
}

/// <summary>All resources of the application.</summary>
public class DistributedApplicationModel(IResourceCollection resources)
{
    public IResourceCollection Resources { get; } = resources;
}

internal sealed class ResourceCollection : System.Collections.ObjectModel.Collection<IResource>, IResourceCollection
{
    protected override void InsertItem(int index, IResource item)
    {
        if (this.FirstOrDefault(r => string.Equals(r.Name, item.Name, StringComparison.OrdinalIgnoreCase)) is { } other)
            throw new DistributedApplicationException($"Cannot add resource of type '{item.GetType()}' with name '{item.Name}' because resource of type '{other.GetType()}' with that name already exists. Resource names are case-insensitive.");
        base.InsertItem(index, item);
    }
}
