using System.Globalization;
using System.Net;

namespace HotShelf.Load;

/// <summary>A server under load.</summary>
internal interface IServer
{
    IPEndPoint Address { get; }

    /// <summary>Processor time that it has used so far.</summary>
    TimeSpan ProcessorTime { get; }
}

/// <summary>One kind of request, all of them alike.</summary>
/// <param name="Name">Its line in the table.</param>
/// <param name="Server">Who answers.</param>
/// <param name="Path">For wrk.</param>
/// <param name="Request">The same as bytes, for our own client, where wrk is not installed.</param>
/// <param name="Headers">For wrk.</param>
internal sealed record Traffic(string Name, IServer Server, string Path, byte[] Request, string[] Headers)
{
    /// <summary>The line that it is compared with; null for none.</summary>
    public int? Baseline { get; init; }

    /// <summary>Measures all kinds in turn, several times, and prints the medians. Ratios are taken within a round: neighbours in time have met the same machine.</summary>
    public static async Task CompareAsync(IReadOnlyList<Traffic> all, int connections, TimeSpan time, int rounds)
    {
        var byWrk = await Wrk.MeasureAsync(all[0].Server.Address, connections, TimeSpan.FromSeconds(1), all[0].Path) is not null;
        Console.WriteLine($"{Environment.ProcessorCount} processors, {connections} connections, {time.TotalSeconds:0} s each, {rounds} rounds, by {(byWrk ? "wrk" : "a client")} on the same machine; Production, as shipped");
        Console.WriteLine();
        Console.WriteLine("                                                                processor   of its bare line");
        Console.WriteLine("traffic                    requests/s    p50 ms    p99 ms   us/request    rate     p99  processor    failed");
        var measured = all.Select(static _ => new List<(Measured Seen, double Microseconds)>()).ToArray();
        // Round 0 warms up: tiered compilation, connections, L1.
        for (var round = 0; round <= rounds; round++)
        {
            for (var i = 0; i < all.Count; i++)
            {
                var before = all[i].Server.ProcessorTime;
                var seen = byWrk ? (await Wrk.MeasureAsync(all[i].Server.Address, connections, time, all[i].Path, all[i].Headers))! : await LoadRun.MeasureAsync(all[i].Server.Address, connections, time, _ => all[i].Request);
                if (round > 0)
                    measured[i].Add((seen, (all[i].Server.ProcessorTime - before).TotalMicroseconds / seen.Requests));
            }
        }

        for (var i = 0; i < all.Count; i++)
            Show(all[i].Name, measured[i], all[i].Baseline is { } baseline ? measured[baseline] : null);
    }

    public static void Show(string name, Measured one) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{name,-25} {one.PerSecond,12:N0} {one.P50,9:0.00} {one.P99,9:0.00} {one.Failed,51}"));

    private static void Show(string name, List<(Measured Seen, double Microseconds)> all, List<(Measured Seen, double Microseconds)>? baseline)
    {
        var ratios = baseline is null ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"{Ratio(static one => one.Seen.PerSecond):0.00} {Ratio(static one => one.Seen.P99),7:0.00} {Ratio(static one => one.Microseconds),10:0.00}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-25} {Of(static one => one.Seen.PerSecond),12:N0} {Of(static one => one.Seen.P50),9:0.00} {Of(static one => one.Seen.P99),9:0.00} {Of(static one => one.Microseconds),12:0.0} {ratios,26} {all.Sum(static one => one.Seen.Failed),9}"));

        double Of(Func<(Measured Seen, double Microseconds), double> figure) => Medians.Of(all.Select(figure));

        double Ratio(Func<(Measured Seen, double Microseconds), double> figure) => Medians.Of(all.Zip(baseline!, (one, other) => figure(one) / figure(other)));
    }
}
