using HotShelf.Fleet.Simulation;

// dotnet run -c Release --project bench/Fleet.Simulation: the sums of docs/scaling.md beside what a simulated fleet of the real caches does.
var agree = true;
foreach (var nodes in (int[])[1, 10, 100])
{
    var workload = new Workload(nodes, Keys: 2_000, ReadsPerNode: 200, Writes: 20, Local: TimeSpan.FromSeconds(60));
    Console.WriteLine();
    Console.WriteLine(FormattableString.Invariant($"### {nodes} nodes, {workload.Keys} keys, {workload.ReadsPerNode} reads a second each, {workload.Writes} writes a second, copies live {workload.Local.TotalSeconds} s"));
    Console.WriteLine();
    Console.WriteLine("| a second | by the sums | simulated | off by |");
    Console.WriteLine("|---|---|---|---|");
    foreach (var line in await Comparison.RunAsync(workload, TimeSpan.FromSeconds(120)))
    {
        Console.WriteLine(FormattableString.Invariant($"| {line.What} | {line.Sum:N1} | {line.Counted:N1} | {line.Difference:P0} |"));
        agree &= line.Difference < 0.1;
    }

    await using var simulation = new Simulation(workload);
    var loads = await simulation.AskForOneColdKeyAsync();
    Console.WriteLine();
    Console.WriteLine(FormattableString.Invariant($"One cold key, asked for by all {nodes} nodes at once: {loads} load, {simulation.Counts.Reads} GETs, {simulation.Counts.Leases} tries for the lease."));
    agree &= loads == 1;
}

Console.WriteLine();
Console.WriteLine(agree ? "The sums hold." : "The sums do not hold: something is off by a tenth or more.");
return agree ? 0 : 1;
