using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Adding containers.</summary>
public static class ContainerResourceBuilderExtensions
{
    public static IResourceBuilder<ContainerResource> AddContainer(this IDistributedApplicationBuilder builder, string name, string image) =>
        builder.AddContainer(name, image, "latest");

    public static IResourceBuilder<ContainerResource> AddContainer(this IDistributedApplicationBuilder builder, string name, string image, string tag)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddResource(new ContainerResource(name)).WithImage(image, tag);
    }

    public static IResourceBuilder<T> WithImage<T>(this IResourceBuilder<T> builder, string image, string? tag = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ContainerImageAnnotation { Image = image, Tag = tag ?? "latest" }, ResourceAnnotationMutationBehavior.Replace);
    }

    public static IResourceBuilder<T> WithImageTag<T>(this IResourceBuilder<T> builder, string tag)
        where T : ContainerResource
    {
        Image(builder).Tag = tag;
        return builder;
    }

    public static IResourceBuilder<T> WithImageRegistry<T>(this IResourceBuilder<T> builder, string? registry)
        where T : ContainerResource
    {
        Image(builder).Registry = registry;
        return builder;
    }

    public static IResourceBuilder<T> WithEntrypoint<T>(this IResourceBuilder<T> builder, string entrypoint)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Entrypoint = entrypoint;
        return builder;
    }

    public static IResourceBuilder<T> WithVolume<T>(this IResourceBuilder<T> builder, string? name, string target, bool isReadOnly = false)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ContainerMountAnnotation(name, target, ContainerMountType.Volume, isReadOnly));
    }

    public static IResourceBuilder<T> WithBindMount<T>(this IResourceBuilder<T> builder, string source, string target, bool isReadOnly = false)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ContainerMountAnnotation(Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory), target, ContainerMountType.BindMount, isReadOnly));
    }

    private static ContainerImageAnnotation Image<T>(IResourceBuilder<T> builder)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var image) ? image
            : throw new InvalidOperationException($"The resource '{builder.Resource.Name}' does not have a container image specified. Use WithImage to specify the container image and tag.");
    }
}
