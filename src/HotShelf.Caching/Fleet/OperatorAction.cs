namespace HotShelf.Caching.Fleet;

/// <summary>What an operator did, for the audit line.</summary>
/// <param name="Actor">Who, as the console knows them; 1 to 200 characters.</param>
/// <param name="Action">What, and how it went, such as <c>invalidate family</c>; 1 to 200 characters.</param>
/// <param name="Target">To what, such as <c>product:42</c>; null for everything. What is longer than 1,024 characters is cut.</param>
public sealed record OperatorAction(string Actor, string Action, string? Target);
