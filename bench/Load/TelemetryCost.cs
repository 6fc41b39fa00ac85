using System.Globalization;

namespace HotShelf.Load;

/// <summary>
/// What telemetry costs the hit path: the API without it (<c>OTEL_SDK_DISABLED</c>), with metrics as shipped, and with metrics and one trace in ten
/// exported. All three run side by side and are measured in turn, so that whatever else the machine does meets them alike.
/// </summary>
internal static class TelemetryCost
{
    private const string Hit = "/products/42";

    public static async Task MeasureAsync(string program, int connections, TimeSpan time, int rounds)
    {
        // There is no collector at the address: spans are made, batched and serialized, which is what the API pays for.
        (string Name, string[] Environment)[] kinds =
        [
            ("off", ["OTEL_SDK_DISABLED=true"]),
            ("metrics", []),
            ("metrics, traces 10 %", ["OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9", "ServiceDefaults__TraceSampleRatio=0.1"]),
        ];
        var apis = new List<ApiProcess>();
        try
        {
            foreach (var (_, environment) in kinds)
                apis.Add(await ApiProcess.StartAsync(program, environment));
            var measured = kinds.Select(_ => new List<(Measured Seen, double Microseconds)>()).ToArray();
            // Round 0 warms up: tiered compilation, connections, L1.
            for (var round = 0; round <= rounds; round++)
            {
                for (var i = 0; i < kinds.Length; i++)
                {
                    var before = apis[i].ProcessorTime;
                    var seen = await OneAsync(apis[i], connections, time);
                    var result = (seen, (apis[i].ProcessorTime - before).TotalMicroseconds / seen.Requests);
                    if (round > 0)
                        measured[i].Add(result);
                }
            }

            Report(kinds.Select(kind => kind.Name).ToArray(), measured);
        }
        finally
        {
            foreach (var api in apis)
                await api.DisposeAsync();
        }
    }

    private static async Task<Measured> OneAsync(ApiProcess api, int connections, TimeSpan time) =>
        await Wrk.MeasureAsync(api.Address, connections, time, Hit)
        ?? await LoadRun.MeasureAsync(api.Address, connections, time, _ => new Requests(api.Key).Hit);

    // Ratios within a round: neighbours in time have met the same machine.
    private static void Report(string[] names, List<(Measured Seen, double Microseconds)>[] measured)
    {
        Console.WriteLine("telemetry                  requests/s    of off    p99 ms    processor us/request    of off (medians of rounds)");
        for (var i = 0; i < names.Length; i++)
        {
            var throughput = Medians.Of(measured[i].Zip(measured[0], (one, off) => one.Seen.PerSecond / off.Seen.PerSecond));
            var processor = Medians.Of(measured[i].Zip(measured[0], (one, off) => one.Microseconds / off.Microseconds));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{names[i],-25} {Medians.Of(measured[i].Select(one => one.Seen.PerSecond)),12:N0} {throughput,9:0.000} {Medians.Of(measured[i].Select(one => one.Seen.P99)),9:0.00} {Medians.Of(measured[i].Select(one => one.Microseconds)),23:0.0} {processor,9:0.000}"));
        }
    }
}
