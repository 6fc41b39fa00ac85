using System.Diagnostics;
using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Caching.Tests;

/// <summary>
/// Runs <c>HotShelf.Caching.Simulation</c>: a thousand schedules of the whole fleet with faults, each a function of its seed, and for each way to break the design as many as it takes to find it.
/// <c>./dev simulate</c> runs more.
/// </summary>
public sealed class SimulationTests
{
    [Fact]
    public Task EverySchedule_KeepsThePromises() => RunAsync("1000", "1");

    public static TheoryData<string> Mutations => [.. Enum.GetNames<Mutation>().Where(static name => name != nameof(Mutation.None))];

    [Theory]
    [MemberData(nameof(Mutations))]
    public Task EveryMutation_IsFound(string mutation) => RunAsync("800", "1", mutation);

    [Fact]
    public async Task SameSeeds_GiveTheSameRuns() => Assert.Equal(Events(await RunAsync("100", "1")), Events(await RunAsync("100", "1")));

    private static string Events(string output) => output[..output.IndexOf(" in ", StringComparison.Ordinal)];

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../HotShelf.Caching.Simulation", Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../../.."), AppContext.BaseDirectory)));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "HotShelf.Caching.Simulation.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);
        return output;
    }
}
