using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>The name of a volume nobody named: application, hash, resource. A run's hash is of the AppHost's path, a manifest's of its name alone.</summary>
internal static class VolumeNames
{
    public static string Of<T>(IResourceBuilder<T> builder, string suffix)
        where T : IResource
    {
        var local = (DistributedApplicationBuilder)builder.ApplicationBuilder;
        var project = AppHostMetadata.Of(local.AppHostAssembly).ProjectName ?? $"{local.Space.Name}.csproj";
        var identity = local.ExecutionContext.IsRunMode
            ? local.Space.Identity
            : $"{local.Space.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project)))[..10]}";
        return $"{identity}-{builder.Resource.Name}-{suffix}";
    }
}
