using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Hosting;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using Microsoft.Extensions.Options;
using Polly;

namespace HotShelf.CacheConsole.Actions;

/// <summary>
/// The only way from a page to a change, so that read-only holds here for all of them. Each is done by the API, and leaves an audit line among the
/// fleet's events and in <see cref="AuditTrail"/>: who, what, to what, and how it went. Log lines name no key.
/// </summary>
internal sealed class OperatorActions(
    ApiClient api, ICacheFleet fleet, FleetData data, EventFeed feed, AuditTrail trail, ApiAddress address, IOptions<CacheConsoleOptions> options, TimeProvider time, ILogger<OperatorActions> logger)
{
    /// <summary>The tag that every entry has.</summary>
    public const string TagOfEverything = "*";

    private const string Actor = "console";

    /// <summary>Of <see cref="OperatorAction.Action"/>, in characters.</summary>
    private const int LongestAction = 200;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(15);

    /// <summary>Why nothing can be done here; null when it can.</summary>
    public string? DisabledBecause => options.Value.ReadOnly
        ? "The console is read-only (CacheConsole:ReadOnly)."
        : address.MissingBecause;

    public Task<ActionResult> InvalidateKeyAsync(string key) => DoAsync("invalidate key", key, cancel => api.InvalidateKeyAsync(key, cancel));

    public Task<ActionResult> InvalidateTagAsync(string tag) => tag == TagOfEverything ? InvalidateEverythingAsync() : DoAsync("invalidate tag", tag, cancel => api.InvalidateTagAsync(tag, cancel));

    public Task<ActionResult> InvalidateFamilyAsync(string family) => DoAsync("invalidate family", family, cancel => api.InvalidateFamilyAsync(family, cancel));

    public Task<ActionResult> InvalidateEverythingAsync() => DoAsync("invalidate everything", null, cancel => api.InvalidateTagAsync(TagOfEverything, cancel));

    public Task<ActionResult> BumpVersionAsync() => DoAsync("bump version", null, api.BumpVersionAsync);

    public Task<ActionResult> WarmAsync() => DoAsync("warm", null, api.WarmAsync);

    /// <summary>Reads a value. It changes nothing, but values may be confidential, so it writes an audit line too.</summary>
    public async Task<StoredValue?> LookAtValueAsync(string key)
    {
        using var limit = new CancellationTokenSource(s_limit, time);
        var entry = await fleet.DescribeAsync(key, withValue: true, limit.Token);
        await RecordAsync("look at value", key);
        return entry?.Value;
    }

    private async Task<ActionResult> DoAsync(string action, string? target, Func<CancellationToken, Task> act)
    {
        var begun = new ActionResult(action, target, time.GetUtcNow(), feed.Seen, DisabledBecause);
        if (begun.Failure is not null)
            return begun;
        using var limit = new CancellationTokenSource(s_limit, time);
        string? failure = null;
        try
        {
            await act(limit.Token);
        }
        catch (Exception exception) when (exception is ActionFailedException or OperationCanceledException or HttpRequestException or ExecutionRejectedException)
        {
            failure = exception is OperationCanceledException or ExecutionRejectedException ? "The API did not answer in time; it may be done all the same." : exception.Message;
            Log.ActionFailed(logger, action, failure, exception.InnerException);
        }

        await RecordAsync(failure is null ? action : $"{action} failed: {failure}", target);
        data.Changes.Refresh();
        data.Nodes.Refresh();
        return begun with { Failure = failure };
    }

    // Not writing it does not undo the action, so the operator is told of the action's own outcome.
    private async Task RecordAsync(string action, string? target)
    {
        action = action[..Math.Min(action.Length, LongestAction)];
        trail.Add(Actor, action, target);
        try
        {
            using var limit = new CancellationTokenSource(s_limit, time);
            await fleet.RecordAsync(new OperatorAction(Actor, action, target), limit.Token);
        }
        catch (Exception exception) when (exception is FleetUnavailableException or OperationCanceledException)
        {
            Log.AuditNotWritten(logger, action, exception);
        }
    }
}

/// <summary>What became of an action.</summary>
/// <param name="Action">What was wanted.</param>
/// <param name="Target">To what; null for everything.</param>
/// <param name="At">When.</param>
/// <param name="FeedMark">How many events had been seen before: what came later may be its effect.</param>
/// <param name="Failure">Why it was not done; null when it was.</param>
public sealed record ActionResult(string Action, string? Target, DateTimeOffset At, long FeedMark, string? Failure);
