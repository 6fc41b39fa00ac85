namespace HotShelf.Fleet.Simulation;

/// <summary>
/// What a fleet costs its Redis, in events a second, by the sums of docs/scaling.md. Each key alone: it is read λ times a second on each node and changed
/// μ times a second in the fleet; a node's copy lives T at most. Reads and changes come at random (Poisson).
/// </summary>
/// <param name="Reads">GETs: reads that a node's memory does not answer.</param>
/// <param name="Fills">Loads from the origin, each with one lease and one store.</param>
/// <param name="Echoes">GETs by which a filling node makes sure that the push it heard was its own.</param>
/// <param name="Invalidations">Scripts that delete.</param>
/// <param name="Pushes">Told to all nodes together.</param>
internal sealed record FleetSums(double Reads, double Fills, double Echoes, double Invalidations, double Pushes)
{
    /// <summary>Commands and scripts that Redis carries out.</summary>
    public double Commands => Reads + (2 * Fills) + Echoes + Invalidations;

    public static FleetSums Of(Workload workload)
    {
        double reads = 0, fills = 0;
        foreach (var share in workload.Shares)
        {
            var (lambda, mu) = (workload.ReadsPerNode * share, workload.Writes * share);
            // A copy lives until the next change or for T, whichever is first; then a read of this node brings it back after 1/λ.
            var life = mu * workload.Local.TotalSeconds < 1e-6 ? workload.Local.TotalSeconds : (1 - Math.Exp(-mu * workload.Local.TotalSeconds)) / mu;
            reads += workload.Nodes / (life + (1 / lambda));
            // A key that was changed is filled by the fleet's next read of it, however many nodes there are.
            var fleet = workload.Nodes * lambda;
            fills += mu * fleet / (mu + fleet);
        }

        // Each fill is told to every node, and so is each deletion.
        return new(reads, fills, fills, workload.Writes, workload.Nodes * (workload.Writes + fills));
    }
}
