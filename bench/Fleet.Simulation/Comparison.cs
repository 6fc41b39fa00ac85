namespace HotShelf.Fleet.Simulation;

/// <summary>The sums beside what the simulated fleet did.</summary>
internal static class Comparison
{
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(60);

    /// <summary>Each line: what, by the sums, counted; both a second.</summary>
    public static async Task<IReadOnlyList<Line>> RunAsync(Workload workload, TimeSpan measured)
    {
        var simulation = new Simulation(workload);
        await using (simulation)
        {
            await simulation.WarmAsync();
            // Until the nodes' memories are as full as they get.
            await simulation.RunAsync(s_settling);
            var before = Snapshot(simulation);
            await simulation.RunAsync(measured);
            var counted = Snapshot(simulation).Zip(before, (now, then) => (now - then) / measured.TotalSeconds).ToArray();
            var sums = FleetSums.Of(workload);
            return
            [
                new("GETs", sums.Reads, counted[0]),
                new("fills (leases)", sums.Fills, counted[1]),
                new("fills (stores)", sums.Fills, counted[2]),
                new("echo checks", sums.Echoes, counted[3]),
                new("invalidations", sums.Invalidations, counted[4]),
                new("pushes", sums.Pushes, counted[5]),
                new("loads of the origin", sums.Fills, counted[6]),
            ];
        }
    }

    private static double[] Snapshot(Simulation simulation) =>
    [
        simulation.Counts.Reads, simulation.Counts.Leases, simulation.Counts.Stores, simulation.Counts.Echoes,
        simulation.Counts.Invalidations, simulation.Counts.Pushes, simulation.Loads,
    ];

    internal sealed record Line(string What, double Sum, double Counted)
    {
        public double Difference => Sum == 0 ? 0 : Math.Abs(Counted - Sum) / Sum;
    }
}
