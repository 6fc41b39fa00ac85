using Xunit.Abstractions;

namespace HotShelf.Deploy.Tests.Running;

public class DockerfileTests(ITestOutputHelper output)
{
    /// <summary>deploy/images/Dockerfile built by a real engine: its images run, and hold byte for byte what another build of the same sources gives.</summary>
    [ContainerEngineFact]
    public Task Dockerfile_Built_RunsAndGivesTheSameFilesAsAnotherBuild() => EngineScript.RunAsync("tests/compose/dockerfile.sh", [], output);
}
