using System.Diagnostics;
using System.Globalization;
using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Caching.Simulation;

/// <summary>Starts a process for each processor, which share the seeds, and adds up what they report.</summary>
internal static class Workers
{
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(int count, int first, Mutation mutation, int processes)
    {
        var started = Stopwatch.StartNew();
        var reported = TimeSpan.Zero;
        var output = new Lock();
        var (schedules, events, failed) = (0, 0L, false);
        var codes = await Task.WhenAll(Enumerable.Range(0, processes).Select(RunOneAsync));
        Console.WriteLine($"{schedules} schedules, {events} events in {Time()}{(mutation != Mutation.None ? "" : failed ? ": promises were broken" : ": all promises kept")}");
        if (mutation != Mutation.None && !failed)
            Console.WriteLine($"{mutation} was not found");
        return codes.Max();

        async Task<int> RunOneAsync(int index)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
            // Started by the dotnet command, the program is its first argument.
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
            foreach (var argument in (string[])[$"{count}", $"{first}", $"{mutation}", $"{index}/{processes}"])
                start.ArgumentList.Add(argument);
            // What is compiled for this processor runs faster than what the framework was compiled to, and these processes run long.
            start.Environment["DOTNET_ReadyToRun"] = mutation == Mutation.None && count > 2_000 ? "0" : "1";
            using var process = Process.Start(start)!;
            // Other tests run beside them, and measure time.
            process.PriorityClass = ProcessPriorityClass.BelowNormal;
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                lock (output)
                    Take(line);
            }

            await process.WaitForExitAsync();
            return process.ExitCode;
        }

        void Take(string line)
        {
            if (!line.StartsWith(Worker.Progress, StringComparison.Ordinal))
            {
                failed |= count > 1 || !line.StartsWith("what happened", StringComparison.Ordinal);
                Console.WriteLine(line);
                return;
            }

            var ended = Array.ConvertAll(line[Worker.Progress.Length..].Split(' '), text => long.Parse(text, CultureInfo.InvariantCulture));
            schedules += (int)ended[0];
            events += ended[1];
            if (started.Elapsed - reported < s_reportEvery)
                return;
            reported = started.Elapsed;
            Console.WriteLine($"{schedules} of {count} schedules in {Time()}");
        }

        string Time() => $"{started.Elapsed.TotalSeconds:F1} s ({schedules / started.Elapsed.TotalSeconds:F0} a second)";
    }
}
