using System.Diagnostics;
using System.Globalization;
using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Caching.Simulation;

/// <summary>One process: every n-th seed. It writes lines for <see cref="Workers"/>.</summary>
internal static class Worker
{
    /// <summary>Begins a line that tells how many schedules and events have ended since the last such line.</summary>
    public const string Progress = "progress ";

    private const int ProgressEvery = 500;
    private const int MaximumFailures = 10;

    /// <summary>Names the environment variable with the seconds after which no further schedule begins: for a machine that is not free.</summary>
    private const string Limit = "HOTSHELF_SIMULATION_SECONDS";

    private const string Trace = "simulation.trace";

    public static async Task<int> RunAsync(int count, int first, Mutation mutation, int index, int step)
    {
        var started = Stopwatch.GetTimestamp();
        var limit = Environment.GetEnvironmentVariable(Limit) is { } seconds ? int.Parse(seconds, CultureInfo.InvariantCulture) : double.PositiveInfinity;
        var (failures, schedules, events) = (0, 0, 0L);
        for (var seed = first + index; seed < first + count && failures < MaximumFailures && Stopwatch.GetElapsedTime(started).TotalSeconds < limit; seed += step)
        {
            var schedule = Schedule.Of(seed, mutation);
            var run = new Run(schedule);
            var failure = await run.RunAsync();
            events += run.Events;
            if (++schedules == ProgressEvery)
            {
                Console.WriteLine($"{Progress}{schedules} {events}");
                (schedules, events) = (0, 0);
            }

            if (failure is null)
                continue;
            failures++;
            if (mutation != Mutation.None)
            {
                Console.WriteLine($"{mutation} found by schedule {seed - first + 1}: {failure}");
                break;
            }

            Console.WriteLine($"seed {seed}: {failure}\n  replay: ./dev simulate 1 {seed}");
        }

        Console.WriteLine($"{Progress}{schedules} {events}");
        if (count == 1)
            await ReplayAsync(Schedule.Of(first, mutation));
        return failures == 0 == (mutation == Mutation.None) ? 0 : 1;
    }

    private static async Task ReplayAsync(Schedule schedule)
    {
        if (await new Run(schedule).RunAsync() is { } failure)
        {
            (schedule, failure) = await Schedule.ShrinkAsync(schedule, failure);
            Console.WriteLine($"smallest found: {schedule}\n{failure}");
        }

        await using (var trace = new StreamWriter(Trace))
            await new Run(schedule, trace).RunAsync();
        Console.WriteLine($"what happened is in {Trace}");
    }
}
