using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Executables;

/// <summary>Marks a container resource that may run as a process.</summary>
internal sealed record RunAsExecutableAnnotation(ServerProgram Program, RunAsExecutableOptions Options) : IResourceAnnotation;
