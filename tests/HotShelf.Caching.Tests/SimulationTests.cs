using System.Diagnostics;
using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Caching.Tests;

/// <summary>
/// Runs <c>HotShelf.Caching.Simulation</c>: some hundred schedules of the whole fleet with faults, each a function of its seed, and for each way to break the design as many as it takes to find it.
/// <c>./dev simulate</c> runs more.
/// </summary>
public sealed class SimulationTests
{
    [Fact]
    public Task EverySchedule_KeepsThePromises() => RunAsync("400", "1");

    public static TheoryData<string> Mutations => [.. Enum.GetNames<Mutation>().Where(static name => name != nameof(Mutation.None))];

    [Theory]
    [MemberData(nameof(Mutations))]
    public Task EveryMutation_IsFound(string mutation) => RunAsync("800", "1", mutation);

    private static async Task RunAsync(params string[] arguments)
    {
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../HotShelf.Caching.Simulation", Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../../.."), AppContext.BaseDirectory)));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "HotShelf.Caching.Simulation.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);
    }
}
