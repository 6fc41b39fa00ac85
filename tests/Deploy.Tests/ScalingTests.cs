using System.Globalization;
using System.Text.RegularExpressions;
using HotShelf.Fleet.Simulation;

namespace HotShelf.Deploy.Tests;

/// <summary>docs/scaling.md says what the sums give, and the sums say what the real caches do.</summary>
public partial class ScalingTests
{
    [Fact]
    public async Task Sums_OfAFleet_AreWhatItsCachesDo()
    {
        var lines = await Comparison.RunAsync(new Workload(Nodes: 20, Keys: 500, ReadsPerNode: 100, Writes: 20, Local: TimeSpan.FromSeconds(30)), TimeSpan.FromSeconds(120));
        // The same seed, so the same run each time; what is left is the chance in it.
        Assert.All(lines, line => Assert.True(line.Difference < 0.1, $"{line.What}: by the sums {line.Sum:N1}, simulated {line.Counted:N1}"));
    }

    [Fact]
    public async Task ColdKey_AskedForByAHundredNodes_IsLoadedOnce()
    {
        await using var simulation = new Simulation(new Workload(Nodes: 100, Keys: 1, ReadsPerNode: 1, Writes: 0, Local: TimeSpan.FromSeconds(30)));
        Assert.Equal(1, await simulation.AskForOneColdKeyAsync());
        Assert.Equal(1, simulation.Counts.Stores);
    }

    [Fact]
    public async Task Keys_OfAFleet_ShareThreeShardsEvenly()
    {
        await using var simulation = new Simulation(new Workload(Nodes: 1, Keys: 3_000, ReadsPerNode: 1, Writes: 0, Local: TimeSpan.FromSeconds(30)));
        await simulation.WarmAsync();
        var all = simulation.Counts.Shards.Sum();
        Assert.All(simulation.Counts.Shards, shard => Assert.InRange(shard, all * 0.3, all * 0.37));
    }

    [Theory]
    [InlineData("123456789", 0x31C3)]
    [InlineData("lease:{hs:v1:product:42}", -1)]
    public void Slot_OfAKey_IsTheClusters(string key, int crc) =>
        Assert.Equal(crc < 0 ? ClusterSlots.SlotOf("{hs:v1:product:42}") : crc % ClusterSlots.Count, ClusterSlots.SlotOf(key));

    [Fact]
    public void Document_TableOfFleets_IsWhatTheSumsGive()
    {
        var rows = Row().Matches(Repository.Read("docs/scaling.md"));
        Assert.Equal(["1", "10", "100", "1,000"], rows.Select(row => row.Groups[1].Value));
        foreach (Match row in rows)
        {
            var nodes = int.Parse(row.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
            var sums = FleetSums.Of(new Workload(nodes, Keys: 10_000, ReadsPerNode: 1_000, Writes: 50, Local: TimeSpan.FromMinutes(10)));
            double[] wanted = [sums.Reads, sums.Fills, sums.Commands, sums.Pushes];
            var written = row.Groups[2].Value.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)[..4];
            Assert.Equal(wanted.Select(value => value.ToString("N0", CultureInfo.InvariantCulture)), written);
        }
    }

    [GeneratedRegex(@"^\| ([\d,]+) nodes? \|(.*)$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
