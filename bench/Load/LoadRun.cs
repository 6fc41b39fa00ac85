using System.Diagnostics;
using System.Net;

namespace HotShelf.Load;

/// <summary>What one run measured.</summary>
internal sealed record Measured(double Requests, double PerSecond, double P50, double P99, long Failed);

/// <summary>Runs one kind of request over many connections, each sending the next request when it has the answer.</summary>
internal static class LoadRun
{
    public static async Task<Measured> MeasureAsync(IPEndPoint server, int connections, TimeSpan time, Func<int, byte[]> request)
    {
        using var until = new CancellationTokenSource(time);
        var latencies = Enumerable.Range(0, connections).Select(_ => new Latencies()).ToArray();
        var startedAt = Stopwatch.GetTimestamp();
        await Task.WhenAll(latencies.Select(async (own, index) =>
        {
            using var connection = new LoadConnection();
            // Each connection begins somewhere else in the sequence, so that they do not ask for the same at the same time.
            await Task.Run(() => connection.RunAsync(server, number => request(number + (index * 997)), own, until.Token));
        }));
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        var all = new Latencies();
        foreach (var own in latencies)
            all.Add(own);
        return new(all.Count, all.Count / elapsed.TotalSeconds, all.Percentile(0.5), all.Percentile(0.99), all.Failed);
    }
}
