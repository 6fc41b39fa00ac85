namespace HotShelf.CacheConsole.Actions;

/// <summary>What became of an action.</summary>
/// <param name="Action">What was wanted.</param>
/// <param name="Target">To what; null for everything.</param>
/// <param name="At">When.</param>
/// <param name="FeedMark">How many events had been seen before: what came later may be its effect.</param>
/// <param name="Failure">Why it was not done; null when it was.</param>
public sealed record ActionResult(string Action, string? Target, DateTimeOffset At, long FeedMark, string? Failure);
