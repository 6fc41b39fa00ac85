using HotShelf.CacheConsole.Resources;
using HotShelf.CacheConsole.Telemetry;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Tests.Resources;

/// <summary>What pages make of the feed.</summary>
public sealed class ResourceViewTests
{
    [Theory]
    [InlineData("Running", null, false, null, ConditionKind.Good, "Running")]
    [InlineData("Running", "Healthy", true, null, ConditionKind.Good, "Healthy")]
    [InlineData("Running", "Unhealthy", false, null, ConditionKind.Starting, "Starting")]
    [InlineData("Running", "Unhealthy", true, null, ConditionKind.Bad, "Unhealthy")]
    [InlineData("Running", "Degraded", true, null, ConditionKind.Degraded, "Degraded")]
    [InlineData("Waiting", null, false, null, ConditionKind.Starting, "Waiting")]
    [InlineData("Exited", null, false, 0, ConditionKind.Off, "Stopped")]
    [InlineData("Exited", null, false, 137, ConditionKind.Bad, "Exited with code 137")]
    [InlineData("FailedToStart", null, false, null, ConditionKind.Bad, "Failed to start")]
    [InlineData(null, null, false, null, ConditionKind.Off, "Unknown")]
    public void Condition_OfStateAndHealth_IsOneWord(string? state, string? health, bool isReady, int? exitCode, ConditionKind kind, string text) =>
        Assert.Equal(new ResourceCondition(kind, text), ResourceCondition.Of(Instance("a", "a") with { State = state, Health = health, IsReady = isReady, ExitCode = exitCode }));

    [Fact]
    public void Tree_PartsAndReplicas_StandBelowTheirResource()
    {
        var nodes = ResourceTree.Of([
            Instance("productapi-b", "productapi"), Instance("productdb", "productdb") with { Parent = "postgres" }, Instance("productapi-a", "productapi") with { State = "Exited", ExitCode = 1 },
            Instance("postgres-x", "postgres"), Instance("api-key", "api-key") with { Type = "Parameter" }, Instance("orphan", "orphan") with { Parent = "gone" }]);
        Assert.Equal([("orphan", 0, 1), ("postgres", 0, 1), ("productdb", 1, 1), ("productapi", 0, 2)], nodes.Select(n => (n.Name, n.Depth, n.Instances.Count)));
        Assert.Equal((ConditionKind.Bad, 1, true), (nodes[^1].Condition.Kind, nodes[^1].Good, nodes[^1].HasReplicas));
    }

    [Fact]
    public void Ansi_Colours_AreClassesAndNothingElseIsLeft()
    {
        Assert.Equal([new StyledText("plain", null)], AnsiText.Parse("plain"));
        Assert.Equal([new StyledText("a", null), new StyledText("red", "ansi-red"), new StyledText("bold", "ansi-red ansi-bold"), new StyledText("b", null)],
            AnsiText.Parse("a\u001b[31mred\u001b[1mbold\u001b[0mb"));
        Assert.Equal("clean", AnsiText.Strip("\u001b[2K\u001b[1;32mcle\u001b[?25lan\u001b[m"));
        Assert.Equal("cut", AnsiText.Strip("cut\u001b[3"));
        Assert.Equal("cut", AnsiText.Strip("cut\u001b"));
    }

    [Theory]
    [InlineData("08:48:24.504 info A: b", "info A: b")]
    [InlineData("2026-11-24T08:48:24.504Z info", "info")]
    [InlineData("2026-11-24 09:12:24.182 UTC [5] LOG: done", "[5] LOG: done")]
    [InlineData("08:48 o'clock", "08:48 o'clock")]
    [InlineData("", "")]
    public void Line_ThatBeginsWithItsTime_IsShownWithoutIt(string text, string body) => Assert.Equal(body, Line(1, text).Body);

    [Fact]
    public void ConsoleStore_MoreThanTheBound_DropsTheOldestOfThatInstance()
    {
        var store = new ConsoleStore(Options.Create(new TelemetryOptions { MaximumConsoleLines = 100 }));
        store.Add(Line(1, "quiet") with { Resource = "quiet", Instance = "quiet-a" });
        for (var i = 1; i <= 250; i++)
            store.Add(Line(i, $"{i}"));
        Assert.Equal(Enumerable.Range(151, 100), store.Snapshot("cache").Select(line => line.Number));
        Assert.Single(store.Snapshot("quiet-a"));
        Assert.Equal(101, store.Snapshot(null).Length);
        Assert.Equal((100, 150L), (store.Use("cache").Count, store.Use("cache").Dropped));
    }

    private static ConsoleLine Line(int number, string text) => new("cache", "cache-a", number, DateTimeOffset.UnixEpoch.AddSeconds(number), text, IsError: false);

    private static ResourceInstance Instance(string id, string resource) => new() { Id = id, Resource = resource, Type = "Project", State = "Running" };
}
