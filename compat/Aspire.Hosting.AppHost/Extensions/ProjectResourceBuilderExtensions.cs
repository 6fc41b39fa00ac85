using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Adding .NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => Add(builder, name, new TProject(), new ProjectResourceOptions());

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new() => Add(builder, name, new TProject(), Profile(launchProfileName));

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata, new() => Add(builder, name, new TProject(), Configured(configure));

    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath) =>
        Add(builder, name, new ProjectAt(builder, projectPath), new ProjectResourceOptions());

    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath, string? launchProfileName) =>
        Add(builder, name, new ProjectAt(builder, projectPath), Profile(launchProfileName));

    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath, Action<ProjectResourceOptions> configure) =>
        Add(builder, name, new ProjectAt(builder, projectPath), Configured(configure));

    /// <summary>How many processes run the project, behind one address.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfNegative(replicas);
        return builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);
    }

    public static IResourceBuilder<ProjectResource> DisableForwardedHeaders(this IResourceBuilder<ProjectResource> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation<DisableForwardedHeadersAnnotation>(ResourceAnnotationMutationBehavior.Replace);
    }

    private static IResourceBuilder<ProjectResource> Add(IDistributedApplicationBuilder builder, string name, IProjectMetadata metadata, ProjectResourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!File.Exists(metadata.ProjectPath) && builder.ExecutionContext.IsRunMode)
            throw new DistributedApplicationException($"Project file '{metadata.ProjectPath}' was not found. Make sure the path of '{name}' is relative to the AppHost's folder.");
        var project = builder.AddResource(new ProjectResource(name)).WithAnnotation(metadata);
        if (options.ExcludeLaunchProfile)
            project.WithAnnotation(new ExcludeLaunchProfileAnnotation());
        var (profileName, profile) = options.ExcludeLaunchProfile ? default : Select(builder, metadata, options.LaunchProfileName, name);
        if (profile is not null)
        {
            project.WithAnnotation(new LaunchProfileAnnotation(profileName!));
            AddEndpoints(builder, project, profile);
            if (builder.ExecutionContext.IsRunMode && !string.IsNullOrWhiteSpace(profile.CommandLineArgs))
                project.WithArgs([.. Local.ShellWords.Split(profile.CommandLineArgs, new Dictionary<string, string>())]);
        }

        return project.WithEnvironment(context => Local.ProjectEnvironment.Add(context, project.Resource, profileName, profile));
    }

    private static void AddEndpoints(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> project, LaunchProfile profile)
    {
        foreach (var url in (profile.ApplicationUrl ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(url.Replace("//*", "//localhost", StringComparison.Ordinal).Replace("//+", "//localhost", StringComparison.Ordinal), UriKind.Absolute, out var uri))
                throw new DistributedApplicationException($"The launch profile of '{project.Resource.Name}' has the applicationUrl '{url}', which is not a URL.");
            if (project.Resource.Annotations.OfType<EndpointAnnotation>().Any(e => e.Name == uri.Scheme))
                continue;
            project.WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, uri.Scheme, name: uri.Scheme, port: builder.ExecutionContext.IsRunMode ? uri.Port : null)
            {
                TargetHost = uri.Host,
                TlsEnabled = uri.Scheme == "https",
                FromLaunchProfile = true,
            });
        }

        // A published project always offers both: which of them is used is the deployer's choice.
        if (builder.ExecutionContext.IsPublishMode && !string.IsNullOrEmpty(profile.ApplicationUrl))
        {
            foreach (var scheme in (string[])["http", "https"])
                project.WithEndpoint(scheme, e => (e.UriScheme, e.FromLaunchProfile) = (scheme, true));
        }
    }

    // The AppHost's own profile name first, so that its "https" profile chooses "https" everywhere; else the first that runs the project.
    private static (string? Name, LaunchProfile? Profile) Select(IDistributedApplicationBuilder builder, IProjectMetadata metadata, string? wanted, string resource)
    {
        var profiles = (metadata.LaunchSettings ?? LaunchSettings.Read(Path.GetDirectoryName(metadata.ProjectPath)!))?.Profiles ?? [];
        if (wanted is not null)
        {
            return profiles.TryGetValue(wanted, out var found) ? (wanted, found)
                : throw new DistributedApplicationException($"Launch profile '{wanted}' of '{resource}' does not exist. There are: {string.Join(", ", profiles.Keys)}.");
        }

        if ((builder.Configuration["AppHost:DefaultLaunchProfileName"] ?? builder.Configuration["DOTNET_LAUNCH_PROFILE"]) is { } own && profiles.TryGetValue(own, out var same))
            return (own, same);
        var first = profiles.FirstOrDefault(p => p.Value.CommandName == "Project");
        return (first.Key, first.Value);
    }

    private static ProjectResourceOptions Profile(string? launchProfileName) =>
        new() { LaunchProfileName = launchProfileName, ExcludeLaunchProfile = launchProfileName is null };

    private static ProjectResourceOptions Configured(Action<ProjectResourceOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new ProjectResourceOptions();
        configure(options);
        return options;
    }

    internal sealed class DisableForwardedHeadersAnnotation : IResourceAnnotation;

    private sealed class ProjectAt(IDistributedApplicationBuilder builder, string path) : IProjectMetadata
    {
        public string ProjectPath { get; } = Path.GetFullPath(path, builder.AppHostDirectory);
    }
}
