using System.Globalization;
using System.Text.RegularExpressions;
using HotShelf.ServiceDefaults;

namespace HotShelf.Deploy.Tests.Compose;

/// <summary>What every service of the composition keeps to, and that all it names is there.</summary>
public partial class ComposeTests
{
    private static readonly ComposeFile s_compose = ComposeFile.Load("deploy/compose/compose.yaml");
    private static readonly ComposeFile s_tls = ComposeFile.Load("deploy/compose/compose.tls.yaml");

    public static TheoryData<string> Services { get; } = [.. s_compose.Services.Keys];

    [Theory]
    [MemberData(nameof(Services))]
    public void Service_Any_IsConfined(string name)
    {
        var service = s_compose.Services[name];
        Assert.True(service.ReadOnly);
        Assert.Equal(["ALL"], service.CapDrop);
        Assert.Equal(["no-new-privileges:true"], service.SecurityOpt);
        Assert.Contains("memory", service.Deploy!.Resources!.Limits.Keys);
        Assert.Contains("cpus", service.Deploy.Resources.Limits.Keys);
        Assert.Contains("max-size", service.Logging!.Options.Keys);
        Assert.Equal(name == "migrate" ? "on-failure" : "unless-stopped", service.Restart);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Service_Any_HasAPinnedImage(string name) => Assert.Matches(@"[a-z]:(v?\d+\.\d+(\.\d+)?|\$\{HOTSHELF_VERSION:-\d+\.\d+\.\d+\})$", s_compose.Services[name].Image);

    [Theory]
    [MemberData(nameof(Services))]
    public void Service_WhatItNames_IsThere(string name)
    {
        var service = s_compose.Services[name];
        Assert.Empty(service.Secrets.Except(s_compose.Secrets.Keys));
        Assert.Empty(service.Networks.Except(s_compose.Networks.Keys));
        Assert.Empty(service.DependsOn.Keys.Except(s_compose.Services.Keys));
        Assert.All(service.EnvFile, file => Assert.True(Exists(file), file));
        Assert.All(service.Volumes, volume =>
        {
            var source = volume.Split(':')[0];
            Assert.True(source[0] == '.' ? Exists(source) && volume.EndsWith(":ro", StringComparison.Ordinal) : s_compose.Volumes.ContainsKey(source), volume);
        });
        Assert.All(service.DependsOn, dependency =>
        {
            if (dependency.Value.Condition == "service_healthy")
                Assert.NotNull(s_compose.Services[dependency.Key].Healthcheck);
        });
    }

    [Fact]
    public void Services_ThatAreWaitedFor_AreWaitedForUntilTheyWork() => Assert.All(
        s_compose.Services.SelectMany(service => service.Value.DependsOn).Where(dependency => dependency.Key != "prometheus"),
        dependency => Assert.Equal(dependency.Key == "migrate" ? "service_completed_successfully" : "service_healthy", dependency.Value.Condition));

    [Fact]
    public void Gateway_WaitsForReady_LongerThanACheckThatHangsTakes()
    {
        var limits = CheckLimit().Matches(Repository.Read("deploy/compose/haproxy.cfg"));
        Assert.NotEmpty(limits);
        Assert.All(limits, limit => Assert.True(TimeSpan.FromSeconds(int.Parse(limit.Groups[1].Value, CultureInfo.InvariantCulture)) > new ServiceDefaultsOptions().HealthCheckTimeout, limit.Value));
    }

    [Fact]
    public void Services_OfOurs_AreGivenTheTimeThatADrainTakes() =>
        Assert.All(AppModel.Load().Projects, project => Assert.Equal("40s", s_compose.Services[project.Name].StopGracePeriod));

    [Fact]
    public void Ports_All_AreOnLoopbackUnlessSaidOtherwise() =>
        Assert.All(s_compose.Services.Concat(s_tls.Services).SelectMany(service => service.Value.Ports), port => Assert.Matches(@"^\$\{HOTSHELF_(GRAFANA_)?LISTEN:-127\.0\.0\.1\}:", port));

    // Grafana has no TLS, so that of the gateway must not open it too.
    [Fact]
    public void Ports_OfPlainHttpOnly_AreNotOpenedWithTheOthers() =>
        Assert.All(s_compose.Services["grafana"].Ports, port => Assert.StartsWith("${HOTSHELF_GRAFANA_LISTEN:-127.0.0.1}:", port, StringComparison.Ordinal));

    [Fact]
    public void Secrets_All_AreUsedAndMadeByTheScript()
    {
        Assert.Equal(s_compose.Secrets.Keys.Order(), s_compose.Services.SelectMany(service => service.Value.Secrets).Distinct().Order());
        // It writes the files of each Redis by the Redis' name.
        var script = Repository.Read("deploy/secrets.sh");
        script = string.Concat(((string[])["cache", "sessions"]).Select(redis => script.Replace("write \"$1-users.acl\"", $"write {redis}-users.acl", StringComparison.Ordinal).Replace("write \"ConnectionStrings__$1\"", $"write ConnectionStrings__{redis}", StringComparison.Ordinal)));
        Assert.All(s_compose.Secrets, secret =>
        {
            Assert.Equal($"${{HOTSHELF_SECRETS:-./secrets}}/{secret.Key}", secret.Value.File);
            Assert.Contains($"write {secret.Key} ", script, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Servers_AreInsideOnly() => Assert.All(
        s_compose.Services.Where(service => service.Key is not ("gateway" or "grafana")),
        service => Assert.Equal(["inside"], service.Value.Networks));

    [Fact]
    public void Overlay_ForBuilding_BuildsEveryImageOfOurs()
    {
        var build = ComposeFile.Load("deploy/compose/compose.build.yaml").Services;
        Assert.Equal(s_compose.Services.Where(service => service.Value.Image!.Contains("/hotshelf/", StringComparison.Ordinal)).Select(service => service.Key).Order(), build.Keys.Order());
        Assert.All(build, service =>
        {
            Assert.True(File.Exists(Repository.PathOf(Path.Combine("deploy/compose", service.Value.Build!.Context!, service.Value.Build.Dockerfile!))));
            Assert.Contains($" AS {service.Value.Build.Target}\n", Repository.Read("deploy/images/Dockerfile"), StringComparison.Ordinal);
            Assert.Contains($"/hotshelf/{service.Value.Build.Target}:", s_compose.Services[service.Key].Image, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Overlay_ForTlsInside_KeepsTheSettingsOfTheServersAndUsesItsSecrets()
    {
        var tls = ComposeFile.Load("deploy/compose/compose.tls-inside.yaml");
        Assert.Contains(string.Join(' ', s_compose.Services["postgres"].Command), tls.Services["postgres"].Command[2], StringComparison.Ordinal);
        Assert.All((string[])["cache", "sessions"], redis => Assert.Equal(s_compose.Services[redis].Command, tls.Services[redis].Command.Take(s_compose.Services[redis].Command.Count)));
        Assert.Equal(tls.Secrets.Keys.Order(), tls.Services.SelectMany(service => service.Value.Secrets).Distinct().Order());
        Assert.Empty(tls.Services.Keys.Except(s_compose.Services.Keys));
    }

    [Fact]
    public void Overlay_ForACollector_LetsOutWhoSendsTelemetryAndLeadsToNobodyElse()
    {
        var collector = ComposeFile.Load("deploy/compose/compose.collector.yaml");
        Assert.Equal(s_compose.Services.Where(service => service.Value.Variables().ContainsKey("OTEL_EXPORTER_OTLP_ENDPOINT")).Select(service => service.Key).Order(), collector.Services.Keys.Order());
        var network = Assert.Single(collector.Networks);
        Assert.False(network.Value.Internal);
        Assert.All(collector.Services, service => Assert.Equal([network.Key], service.Value.Networks));
        Assert.DoesNotContain(network.Key, s_compose.Networks.Keys);
    }

    [Fact]
    public void Overlay_ForNativeImages_AsksTheSameByTheProgramItself()
    {
        var native = ComposeFile.Load("deploy/compose/compose.native.yaml").Services;
        Assert.All(native, service => Assert.Equal(
            string.Join(' ', s_compose.Services[service.Key].Healthcheck!.Test), string.Join(' ', service.Value.Healthcheck!.Test).Replace("/app/ProductApi", "dotnet ProductApi.dll", StringComparison.Ordinal)));
    }

    [Fact]
    public void Overlay_ForHttps_AddsOnlyToWhatIsThere() => Assert.Empty(s_tls.Services.Keys.Except(s_compose.Services.Keys));

    private static bool Exists(string path)
    {
        var full = Repository.PathOf(Path.Combine("deploy/compose", path));
        return File.Exists(full) || Directory.Exists(full);
    }

    [GeneratedRegex(@"timeout check (\d+)s\b")]
    private static partial Regex CheckLimit();
}
