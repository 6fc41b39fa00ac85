using HotShelf.CacheConsole.Resources;
using HotShelf.CacheConsole.Telemetry;
using HotShelf.CacheConsole.Telemetry.Otlp;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>A wrong setting is named by its key, with what is allowed.</summary>
public sealed class OptionsTests
{
    [Fact]
    public void Defaults_AreRight()
    {
        Assert.True(new TelemetryOptionsValidator().Validate(null, new TelemetryOptions()).Succeeded);
        Assert.True(new OtlpOptionsValidator().Validate(null, new OtlpOptions()).Succeeded);
        Assert.True(new ResourceServiceOptionsValidator().Validate(null, new ResourceServiceOptions()).Succeeded);
    }

    [Fact]
    public void Bounds_OutOfRange_AreAllNamed()
    {
        var result = new TelemetryOptionsValidator().Validate(null, new TelemetryOptions { MaximumLogs = 5, MetricBytes = -1 });
        Assert.Equal(["CacheConsole:Telemetry:MaximumLogs is '5'; allowed is 100 to 1000000.", "CacheConsole:Telemetry:MetricBytes is '-1'; allowed is 1048576 to 4294967296."], result.Failures!);
    }

    [Theory]
    [InlineData("http://localhost:4318", 4318)]
    [InlineData("http://*:4318", 4318)]
    [InlineData("http://[::1]:4318", 4318)]
    [InlineData("http://localhost", 80)]
    [InlineData("https://localhost:4318", null)]
    [InlineData("http://localhost:4318/path", null)]
    [InlineData("localhost:4318", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Address_OfTheReceiver_HasAPort(string? url, int? port) => Assert.Equal(port, OtlpListening.PortOf(url));

    [Fact]
    public void Receiver_WithoutKey_DoesNotStart()
    {
        Assert.Contains("CacheConsole:Otlp:PrimaryApiKey is empty", Failure(new OtlpOptions { HttpEndpointUrl = "http://localhost:4318" }), StringComparison.Ordinal);
        Assert.Null(Failure(new OtlpOptions { HttpEndpointUrl = "http://localhost:4318", AuthMode = OtlpAuthMode.Unsecured }));
        Assert.Contains("has 5 characters", Failure(new OtlpOptions { PrimaryApiKey = "short" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Receiver_OnOnePortTwiceOrNowhere_DoesNotStart()
    {
        var open = new OtlpOptions { AuthMode = OtlpAuthMode.Unsecured, HttpEndpointUrl = "http://localhost:4318", GrpcEndpointUrl = "http://*:4318" };
        Assert.Contains("a port of its own", Failure(open), StringComparison.Ordinal);
        Assert.Contains("CacheConsole:Otlp:HttpEndpointUrl is 'nonsense'", Failure(new OtlpOptions { AuthMode = OtlpAuthMode.Unsecured, HttpEndpointUrl = "nonsense" }), StringComparison.Ordinal);
    }

    private static string? Failure(OtlpOptions options) => new OtlpOptionsValidator().Validate(Options.DefaultName, options).FailureMessage;
}
