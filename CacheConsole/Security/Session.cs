using System.Globalization;
using System.Security.Claims;

namespace HotShelf.CacheConsole.Security;

/// <summary>One sign-in of one browser.</summary>
/// <param name="Id">Its own, so that signing out ends no other.</param>
/// <param name="Until">When it is over.</param>
internal sealed record Session(string Id, DateTimeOffset Until)
{
    private const string IdClaim = "session";
    private const string UntilClaim = "session-until";

    /// <summary>The session of a page's user; null without one: <see cref="FrontendAuthMode.Unsecured"/>.</summary>
    public static Session? Of(ClaimsPrincipal user) => user.FindFirst(IdClaim) is { } id && user.FindFirst(UntilClaim) is { } until
        ? new Session(id.Value, DateTimeOffset.FromUnixTimeSeconds(long.Parse(until.Value, CultureInfo.InvariantCulture)))
        : null;

    public IEnumerable<Claim> Claims => [new(IdClaim, Id), new(UntilClaim, Until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))];
}
