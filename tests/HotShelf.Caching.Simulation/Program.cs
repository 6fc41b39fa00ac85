using System.Globalization;
using HotShelf.Caching.Simulation;
using HotShelf.Caching.Tests.Fakes;

// Usage: [schedules] [first seed] [mutation]. Exit code 1 when a schedule fails, or when none fails with a mutation.
// One schedule is replayed: shrunk when it fails, and what happens in it is written to simulation.trace. With a mutation the first schedule that fails ends the run.
// A process that the program has started gets a fourth argument: which of how many seeds are its own, as in 0/2.
var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
var first = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
var mutation = args.Length > 2 ? Enum.Parse<Mutation>(args[2]) : Mutation.None;
if (args.Length < 4)
    return await Workers.RunAsync(count, first, mutation, mutation == Mutation.None ? Math.Min(count, Environment.ProcessorCount) : 1);
var part = Array.ConvertAll(args[3].Split('/'), int.Parse);
return SingleThread.Run(part[0], () => Worker.RunAsync(count, first, mutation, part[0], part[1]));
