using System.Globalization;
using HotShelf.CacheConsole.Viewing;

namespace HotShelf.CacheConsole.Components.Telemetry;

/// <summary>Times of telemetry, where milliseconds matter.</summary>
internal static class Times
{
    /// <summary>The time of day; with the day when it is not the one of now.</summary>
    public static string Precise(this ViewerClock clock, DateTimeOffset time, DateTimeOffset now)
    {
        var local = clock.Local(time);
        return local.ToString(local.Date == clock.Local(now).Date ? "HH:mm:ss.fff" : "d MMM HH:mm:ss.fff", CultureInfo.InvariantCulture);
    }
}
