using System.Diagnostics;
using System.Globalization;
using HotShelf.Caching.Simulation;
using HotShelf.Caching.Tests.Fakes;

// Usage: [schedules] [first seed] [mutation]. Exit code 1 when a schedule fails, or when none fails with a mutation.
var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
var first = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
var mutation = args.Length > 2 ? Enum.Parse<Mutation>(args[2]) : Mutation.None;
// One processor: the cache keeps something for each.
if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
{
    using var process = Process.GetCurrentProcess();
    process.ProcessorAffinity = (nint)1 << Thread.GetCurrentProcessorId();
}

ThreadPool.GetMaxThreads(out var workers, out _);
if (workers != 1)
    throw new InvalidOperationException($"The pool has {workers} threads: a run would not depend on its seed alone.");

var ended = new TaskCompletionSource<int>();
ThreadPool.UnsafeQueueUserWorkItem(async _ =>
{
    try
    {
        ended.SetResult(await SimulateAsync());
    }
    catch (Exception exception)
    {
        ended.SetException(exception);
    }
}, null);
return ended.Task.GetAwaiter().GetResult();

async Task<int> SimulateAsync()
{
    var started = Stopwatch.GetTimestamp();
    var events = 0L;
    for (var seed = first; seed < first + count; seed++)
    {
        var schedule = Schedule.Of(seed, mutation);
        var run = new Run(schedule);
        var failure = await run.RunAsync();
        events += run.Events;
        if (failure is null)
            continue;
        if (mutation != Mutation.None)
        {
            Console.WriteLine($"{mutation} found by schedule {seed - first + 1}: {failure}");
            return 0;
        }

        Console.WriteLine($"seed {seed}: {failure}");
        (schedule, failure) = await Schedule.ShrinkAsync(schedule, failure);
        const string Trace = "simulation.trace";
        await using (var trace = new StreamWriter(Trace))
            await new Run(schedule, trace).RunAsync();
        Console.WriteLine($"smallest found: {schedule}\n{failure}\nwhat happened is in {Trace}");
        return 1;
    }

    var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
    Console.WriteLine($"{count} schedules, {events} events in {seconds:F1} s: {(mutation == Mutation.None ? "all promises kept" : $"{mutation} was not found")}");
    return mutation == Mutation.None ? 0 : 1;
}
