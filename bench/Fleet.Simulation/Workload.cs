namespace HotShelf.Fleet.Simulation;

/// <summary>What a fleet is asked to do.</summary>
/// <param name="Nodes">API replicas.</param>
/// <param name="Keys">Keys that are read; the k-th most popular one is read 1/k as often as the first (Zipf).</param>
/// <param name="ReadsPerNode">A second.</param>
/// <param name="Writes">A second, in the whole fleet; keys are changed as they are read.</param>
/// <param name="Local">How long a copy may stay in a node's memory.</param>
internal sealed record Workload(int Nodes, int Keys, double ReadsPerNode, double Writes, TimeSpan Local)
{
    /// <summary>The share of reads, and of writes, that each key gets.</summary>
    public double[] Shares { get; } = Zipf(Keys);

    private static double[] Zipf(int keys)
    {
        var weights = Enumerable.Range(1, keys).Select(rank => 1.0 / rank).ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
