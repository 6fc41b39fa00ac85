using System.Globalization;

namespace HotShelf.CacheConsole.Viewing;

/// <summary>Times as the viewer's clock shows them.</summary>
public sealed class ViewerClock
{
    private readonly TimeZoneInfo _zone;

    public ViewerClock(Viewer viewer)
    {
        ArgumentNullException.ThrowIfNull(viewer);
        // A small container image has no table of zones; the offset of now is right for what happened lately.
        _zone = viewer.Zone is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found)
            ? found
            : TimeZoneInfo.CreateCustomTimeZone("viewer", TimeSpan.FromMinutes(viewer.OffsetMinutes), "viewer", "viewer");
        ZoneName = viewer.Zone ?? "UTC";
    }

    /// <summary>For tooltips: whose time this is.</summary>
    public string ZoneName { get; }

    public DateTimeOffset Local(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, _zone);

    public string Time(DateTimeOffset time) => Local(time).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    public string Minute(DateTimeOffset time) => Local(time).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>With milliseconds, date and zone: what hovering shows.</summary>
    public string Exact(DateTimeOffset time) => $"{Local(time).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)} {ZoneName}";
}
