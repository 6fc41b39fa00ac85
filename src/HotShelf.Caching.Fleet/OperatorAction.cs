namespace HotShelf.Caching.Fleet;

/// <summary>An operator action, for auditing.</summary>
/// <param name="Actor">The operator, as named by the console; 1 to 200 characters.</param>
/// <param name="Action">The action and its outcome, such as <c>invalidate family</c>; 1 to 200 characters.</param>
/// <param name="Target">The target, such as <c>product:42</c>; null for everything. Cut to 1,024 characters.</param>
public sealed record OperatorAction(string Actor, string Action, string? Target);
