using HotShelf.ServiceDefaults.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HotShelf.ServiceDefaults.Tests;

public sealed class HealthProbeTests
{
    [Fact]
    public async Task Probe_Answers_AreItsExitCode()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/ready", () => Results.Ok());
        app.MapGet("/starting", () => Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        await app.StartAsync();
        var address = app.Urls.Single();
        Assert.Equal(0, HealthProbe.Run(["probe", $"{address}/ready"]));
        Assert.Equal(1, HealthProbe.Run(["probe", $"{address}/starting"]));
        await app.StopAsync();
        Assert.Equal(1, HealthProbe.Run(["probe", $"{address}/ready"]));
    }

    [Theory]
    [InlineData]
    [InlineData("/ready")]
    [InlineData("http://127.0.0.1:1/ready", "more")]
    public void Probe_WrongArguments_SayWhatIsRight(params string[] arguments) => Assert.Equal(2, HealthProbe.Run(["probe", .. arguments]));
}
