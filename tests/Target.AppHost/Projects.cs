using System.Reflection;

[assembly: AssemblyMetadata("apphostprojectname", "AppHost.csproj")]

// What the build writes for referenced projects, with folders that the test makes.
namespace Projects;

internal abstract class Described(string name) : IProjectMetadata
{
    public string ProjectPath { get; } = Path.Combine(Environment.GetEnvironmentVariable("TARGET_FOLDER") ?? ".", name, $"{name}.csproj");
}

internal sealed class ProductApi() : Described("ProductApi");

internal sealed class CacheWorker() : Described("CacheWorker");

internal sealed class Dashboard() : Described("Dashboard");
