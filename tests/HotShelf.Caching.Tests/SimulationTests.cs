using System.Diagnostics;
using HotShelf.Caching.Tests.Fakes;
using Xunit.Abstractions;

namespace HotShelf.Caching.Tests;

/// <summary>
/// Runs <c>HotShelf.Caching.Simulation</c>: schedules of the whole fleet with faults, each a function of its seed, and for each way to break the simulated server as many as it takes to find it.
/// <c>./dev simulate</c> runs more; <c>tests/mutations.sh</c> breaks the source too.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private static readonly string s_folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../HotShelf.Caching.Simulation"));

    /// <summary>A minute's work of two free processors. On one that is not free as many as fit; the output says how many.</summary>
    [Fact]
    public Task EverySchedule_KeepsThePromises() => SimulateAsync(["20000", "1"], seconds: "90");

    public static TheoryData<string> Mutations => [.. Enum.GetNames<Mutation>().Where(static name => name is not (nameof(Mutation.None) or nameof(Mutation.Patched)))];

    [Theory]
    [MemberData(nameof(Mutations))]
    public Task EveryMutation_IsFound(string mutation) => SimulateAsync("5000", "1", mutation);

    public static TheoryData<string> Patches => [.. Directory.EnumerateFiles(Path.Combine(s_folder, "Mutations"), "*.patch").Select(static file => Path.GetFileNameWithoutExtension(file))];

    /// <summary>Whoever changes the line that a mutation breaks, changes the mutation.</summary>
    [Theory]
    [MemberData(nameof(Patches))]
    public Task EveryPatch_Applies(string patch) => RunAsync("git", ["-C", Path.Combine(s_folder, "../.."), "apply", "--check", Path.Combine(s_folder, "Mutations", patch + ".patch")]);

    [Fact]
    public async Task SameSeeds_GiveTheSameRuns_InHoweverManyProcesses()
    {
        var together = await SimulateAsync("200", "1");
        // As one of its processes, which has all seeds, writes it.
        var alone = await SimulateAsync("200", "1", nameof(Mutation.None), "0/1");
        Assert.Equal("progress " + together[..together.IndexOf(" events", StringComparison.Ordinal)].Replace("schedules, ", "", StringComparison.Ordinal), alone.Trim());
    }

    private Task<string> SimulateAsync(params string[] arguments) => SimulateAsync(arguments, seconds: null);

    private Task<string> SimulateAsync(string[] arguments, string? seconds)
    {
        var build = Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../../.."), AppContext.BaseDirectory);
        return RunAsync("dotnet", [Path.Combine(s_folder, build, "HotShelf.Caching.Simulation.dll"), .. arguments], seconds);
    }

    private async Task<string> RunAsync(string program, string[] arguments, string? seconds = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (seconds is not null)
            start.Environment["HOTSHELF_SIMULATION_SECONDS"] = seconds;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        output.WriteLine(text);
        Assert.True(process.ExitCode == 0, text + await errors);
        return text;
    }
}
