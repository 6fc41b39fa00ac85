using System.ComponentModel;

namespace HotShelf.ProductApi.Sessions;

/// <summary>What is kept of a session, under the hash of its token.</summary>
[ImmutableObject(true)]
internal sealed record Session(string UserId, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);
