using HotShelf.Load;

namespace HotShelf.Deploy.Tests;

/// <summary>The sums of the load programme.</summary>
public class LoadTests
{
    [Theory]
    [InlineData(2d, 3d, 1d, 2d)]
    [InlineData(2.5, 4d, 1d, 2d, 3d)]
    public void Median_OfAnyNumberOfRounds_IsTheMiddle(double median, params double[] rounds) => Assert.Equal(median, Medians.Of(rounds));

    [Fact]
    public void Wrk_BrokenConnectionsAndTimeouts_HaveFailed()
    {
        var measured = Wrk.Read("""
            Running 5s test @ http://127.0.0.1:5080/
              1 threads and 64 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     1.20ms  331.11us   9.74ms   87.27%
                Req/Sec    53.61k     2.29k   57.74k    72.00%
              Latency Distribution
                 50%    1.17ms
                 75%    1.31ms
                 90%    1.50ms
                 99%    2.05s
              266824 requests in 5.00s, 158.02MB read
              Socket errors: connect 1, read 20, write 300, timeout 4000
              Non-2xx or 3xx responses: 50000
            Requests/sec:  53364.12
            Transfer/sec:     31.60MB
            """);
        Assert.Equal(new Measured(266_824, 53_364.12, 1.17, 2_050, 54_321), measured);
    }

    [Fact]
    public void Wrk_NoAnswer_SaysWhatItPrinted() =>
        Assert.Contains("unable to connect", Assert.Throws<InvalidDataException>(() => Wrk.Read("unable to connect to 127.0.0.1:1")).Message, StringComparison.Ordinal);
}
