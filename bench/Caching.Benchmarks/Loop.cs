using System.Diagnostics;
using HotShelf.Load;

namespace HotShelf.Caching.Benchmarks;

/// <summary>One measured case: the median over rounds of the time of one operation, and what it allocates.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Nanoseconds">Wall time of one operation, median of the rounds.</param>
/// <param name="Best">The same, best round.</param>
/// <param name="Bytes">Allocated by one operation, over all threads.</param>
internal sealed record Case(string Name, double Nanoseconds, double Best, double Bytes);

/// <summary>Stopwatch loops. The cases of a group take turns round by round, so that a noisy moment hits all of them.</summary>
internal static class Loop
{
    private const int Rounds = 7;

    public static async Task<Case[]> RunAsync(int operations, params (string Name, Func<int, Task> Body)[] bodies)
    {
        // Several whole rounds first: the methods of an asynchronous path are compiled anew some time after they became hot.
        for (var warming = 0; warming < 3; warming++)
        {
            foreach (var (_, body) in bodies)
                await body(operations);
        }

        var times = bodies.Select(_ => new List<double>()).ToArray();
        var bytes = new double[bodies.Length];
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < bodies.Length; i++)
            {
                GC.Collect();
                var allocated = GC.GetTotalAllocatedBytes(precise: true);
                var started = Stopwatch.GetTimestamp();
                await bodies[i].Body(operations);
                times[i].Add(Stopwatch.GetElapsedTime(started).TotalNanoseconds / operations);
                bytes[i] = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)operations;
            }
        }

        return [.. bodies.Select((body, i) => new Case(body.Name, Medians.Of(times[i]), times[i].Min(), bytes[i]))];
    }

    /// <summary>Runs <paramref name="operation"/> from so many callers at once until they have done <paramref name="operations"/> together. Disposes results, such as pooled buffers.</summary>
    public static async Task ConcurrentlyAsync<T>(int callers, int operations, Func<int, ValueTask<T>> operation)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i <= operations)
            {
                if (await operation(i) is IDisposable result)
                    result.Dispose();
            }
        })));
    }

    /// <summary>The same for an operation without a result.</summary>
    public static async Task ConcurrentlyAsync(int callers, int operations, Func<int, ValueTask> operation)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i <= operations)
                await operation(i);
        })));
    }

    public static void Print(string title, Case[] cases)
    {
        Console.WriteLine();
        Console.WriteLine($"### {title}");
        Console.WriteLine();
        Console.WriteLine("| | ns/op | best | B/op | x first |");
        Console.WriteLine("|-|-:|-:|-:|-:|");
        foreach (var measured in cases)
            Console.WriteLine(FormattableString.Invariant($"| {measured.Name} | {measured.Nanoseconds:N0} | {measured.Best:N0} | {measured.Bytes:N0} | {measured.Nanoseconds / cases[0].Nanoseconds:N2} |"));
    }
}
