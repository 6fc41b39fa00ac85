using System.Net;
using System.Net.Http.Json;
using HotShelf.CacheConsole.Actions;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Tests.Cache;

public sealed class OperatorActionsTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"hotshelf-audit-{Guid.NewGuid():N}", "audit.jsonl");
    private readonly FakeFleet _fleet = new();
    private readonly List<string> _requests = [];

    [Fact]
    public async Task Act_ReadOnly_AsksNobody()
    {
        var actions = Actions(readOnly: true);
        var results = new[]
        {
            await actions.InvalidateKeyAsync("product:1"), await actions.InvalidateTagAsync("a"), await actions.InvalidateFamilyAsync("price"), await actions.InvalidateEverythingAsync(),
            await actions.BumpVersionAsync(), await actions.WarmAsync(),
        };
        Assert.All(results, result => Assert.Contains("read-only", result.Failure, StringComparison.Ordinal));
        Assert.Empty(_requests);
        Assert.Empty(_fleet.Recorded);
    }

    [Fact]
    public async Task Act_WithoutAddressOrKey_SaysWhatIsMissing()
    {
        Assert.Contains("--Api", (await Actions(address: false).BumpVersionAsync()).Failure, StringComparison.Ordinal);
        Assert.Contains("Api:Key", (await Actions(key: false).BumpVersionAsync()).Failure, StringComparison.Ordinal);
        Assert.Empty(_requests);
    }

    [Fact]
    public async Task Act_Done_LeavesAnAuditLine()
    {
        var result = await Actions().InvalidateKeyAsync("list:a/b c");
        Assert.Null(result.Failure);
        Assert.Equal("DELETE /cache/entries/list%3Aa%2Fb%20c key", Assert.Single(_requests));
        var line = Assert.Single(_fleet.Recorded);
        Assert.Equal(("console", "invalidate key", "list:a/b c"), (line.Actor, line.Action, line.Target));
    }

    [Fact]
    public async Task InvalidateTag_TheOneOfEverything_IsRecordedAsThat()
    {
        Assert.Equal(("invalidate everything", null), (await Actions().InvalidateTagAsync("*")) is var result ? (result.Action, result.Target) : default);
        var line = Assert.Single(_fleet.Recorded);
        Assert.Equal(("invalidate everything", null), (line.Action, line.Target));
    }

    [Fact]
    public async Task Act_Refused_TellsTheApisReasonAndRecordsTheFailure()
    {
        var actions = Actions(answer: () => new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = JsonContent.Create(new { title = "Bad", detail = "tag must have 1 to 200 characters" }, new System.Net.Http.Headers.MediaTypeHeaderValue("application/problem+json")) });
        Assert.Equal("tag must have 1 to 200 characters", (await actions.InvalidateTagAsync("x")).Failure);
        Assert.Equal("invalidate tag failed: tag must have 1 to 200 characters", Assert.Single(_fleet.Recorded).Action);
    }

    [Fact]
    public async Task Act_ApiAwayOrKeyWrong_SaysSo()
    {
        Assert.Equal("The API cannot be reached.", (await Actions(answer: () => throw new HttpRequestException("refused")).BumpVersionAsync()).Failure);
        Assert.Contains("scope 'admin'", (await Actions(answer: () => new HttpResponseMessage(HttpStatusCode.Unauthorized)).BumpVersionAsync()).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Act_ApiTooSlowOrCutOff_IsRecordedAsAFailure()
    {
        Assert.Contains("it may be done all the same", (await Actions(answer: () => throw new Polly.Timeout.TimeoutRejectedException()).BumpVersionAsync()).Failure, StringComparison.Ordinal);
        Assert.StartsWith("bump version failed: ", Assert.Single(_fleet.Recorded).Action, StringComparison.Ordinal);
        Assert.Equal("The API cannot be reached.", (await Actions(answer: () => throw new Polly.CircuitBreaker.BrokenCircuitException()).BumpVersionAsync()).Failure);
        Assert.Equal(2, _fleet.Recorded.Count);
    }

    [Fact]
    public async Task Act_AuditLineFails_IsDoneAllTheSame()
    {
        _fleet.OnRecord = () => throw new OperationCanceledException();
        Assert.Null((await Actions().InvalidateFamilyAsync("price")).Failure);
    }

    [Fact]
    public async Task Act_RedisLosesItsData_TheFileStillHasTheLineAfterARestart()
    {
        _fleet.OnRecord = () => throw new OperationCanceledException();
        await Actions().InvalidateKeyAsync("product:1");
        await Actions().BumpVersionAsync();
        var lines = Trail().With([]);
        Assert.Equal([("bump version", null), ("invalidate key", "product:1")], lines.Select(line => (line.Action!, line.Names.Count > 0 ? line.Names[0] : null)));
        // What Redis has too is told once.
        Assert.Equal(2, Trail().With(lines).Count);
    }

    [Fact]
    public async Task Trail_ALineThatACrashHasTorn_HidesNoOther()
    {
        await Actions().InvalidateKeyAsync("product:1");
        File.AppendAllText(_file, """{"at":"2026-03-04T10:0""");
        await Actions().InvalidateKeyAsync("product:2");
        await Actions().InvalidateKeyAsync("product:3");
        var trail = Trail();
        Assert.Equal(["product:3", "product:2", "product:1"], trail.With([]).Select(line => line.Names[0]));
        Assert.Null(trail.Problem);
    }

    [Fact]
    public async Task Act_FileCannotBeWritten_IsDoneAndSaysSo()
    {
        Directory.CreateDirectory(_file);
        var trail = Trail();
        trail.Add("console", "bump version", null);
        Assert.NotNull(trail.Problem);
        Assert.Null((await Actions().BumpVersionAsync()).Failure);
    }

    public void Dispose()
    {
        if (Path.GetDirectoryName(_file) is { } folder && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private AuditTrail Trail() => new(Options.Create(new CacheConsoleOptions { AuditFile = _file }), TimeProvider.System, NullLogger<AuditTrail>.Instance);

    private OperatorActions Actions(bool readOnly = false, bool address = true, bool key = true, Func<HttpResponseMessage>? answer = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            [address ? "Services:productapi:http:0" : "Other"] = "http://api.test",
            [key ? "Api:Key" : "Other:Key"] = "key",
        }).Build();
        var http = new HttpClient(new Recorder(_requests, answer ?? (() => new HttpResponseMessage(HttpStatusCode.NoContent)))) { BaseAddress = new Uri("http://api.test") };
        http.DefaultRequestHeaders.Add("X-Api-Key", "key");
        var options = Options.Create(new CacheConsoleOptions { ReadOnly = readOnly, AuditFile = _file });
        return new OperatorActions(new ApiClient(http), _fleet, FakeFleet.Data(_fleet), new EventFeed(_fleet, TimeProvider.System, NullLogger<EventFeed>.Instance),
            new AuditTrail(options, TimeProvider.System, NullLogger<AuditTrail>.Instance), new ApiAddress(configuration), options, TimeProvider.System, NullLogger<OperatorActions>.Instance);
    }

    private sealed class Recorder(List<string> requests, Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            requests.Add($"{request.Method} {request.RequestUri!.AbsolutePath} {string.Join(',', request.Headers.GetValues("X-Api-Key"))}");
            return Task.FromResult(answer());
        }
    }
}
