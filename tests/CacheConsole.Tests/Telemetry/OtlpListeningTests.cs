using HotShelf.CacheConsole.Telemetry.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>The receiver's ports come beside the pages' own, whichever way those are given.</summary>
public class OtlpListeningTests
{
    [Theory]
    [InlineData(null, null, "http://localhost:18888")]
    [InlineData(null, "8080;8081", "http://*:8080;http://*:8081")]
    [InlineData("http://*:9090", "8080", "http://*:9090")]
    [InlineData("http://localhost:18888;http://localhost:4318", null, "http://localhost:18888")]
    public void Listen_PagesByAddressOrPort_KeepThem(string? urls, string? ports, string pages)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, urls).UseSetting(WebHostDefaults.HttpPortsKey, ports);
        builder.WebHost.ListenForOtlp(new() { HttpEndpointUrl = "http://*:4318" });
        Assert.Equal($"{pages};http://*:4318", builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey));
        Assert.True(string.IsNullOrEmpty(builder.WebHost.GetSetting(WebHostDefaults.HttpPortsKey)));
    }
}
