namespace HotShelf.CacheConsole.Viewing;

/// <summary>What the page must know of the one who looks, from cookies that the browser's script keeps: the theme, and the zone of its clock.</summary>
/// <param name="Theme"><c>light</c>, <c>dark</c>, or <c>system</c>.</param>
/// <param name="Zone">The zone's name, such as <c>Europe/Berlin</c>; null when it is not known yet.</param>
/// <param name="OffsetMinutes">Its distance from UTC now; used where this machine has no table of zones.</param>
public sealed record Viewer(string Theme, string? Zone, int OffsetMinutes)
{
    private const string ThemeCookie = "hotshelf-theme";
    private const string ZoneCookie = "hotshelf-zone";

    public static Viewer Unknown { get; } = new("system", null, 0);

    internal static Viewer Of(HttpContext? http)
    {
        if (http is null)
            return Unknown;
        var theme = http.Request.Cookies[ThemeCookie] is "light" or "dark" ? http.Request.Cookies[ThemeCookie]! : "system";
        // "Europe/Berlin:120"
        var zone = http.Request.Cookies[ZoneCookie]?.Split(':');
        return zone is [{ Length: > 0 and < 64 } name, var minutes] && int.TryParse(minutes, out var offset) && Math.Abs(offset) <= 14 * 60
            ? new Viewer(theme, name, offset)
            : new Viewer(theme, null, 0);
    }
}
