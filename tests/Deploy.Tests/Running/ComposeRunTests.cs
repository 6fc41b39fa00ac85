using Xunit.Abstractions;

namespace HotShelf.Deploy.Tests.Running;

public class ComposeRunTests(ITestOutputHelper output)
{
    internal static string Script => Repository.PathOf("tests/compose/run.sh");

    /// <summary>
    /// deploy/compose on a real engine: starts, answers, survives a replica, Redis and Postgres being killed, and leaves nothing. What it does step by
    /// step is in the script.
    /// </summary>
    [ContainerEngineFact]
    public Task Composition_Started_SurvivesAndLeavesNothing() =>
        EngineScript.RunAsync("tests/compose/run.sh", ["--configuration", new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Name, "--no-build"], output);
}
