using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Http;

namespace HotShelf.CacheConsole.Tests.Shell;

public sealed class ViewerTests
{
    private static readonly DateTimeOffset s_summer = new(2026, 7, 1, 22, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("hotshelf-zone=Europe/Berlin:120; hotshelf-theme=dark", "dark", "Europe/Berlin", 120)]
    [InlineData("hotshelf-zone=America/New_York:-240", "system", "America/New_York", -240)]
    [InlineData("hotshelf-theme=purple", "system", null, 0)]
    [InlineData("hotshelf-zone=Europe/Berlin", "system", null, 0)]
    [InlineData("hotshelf-zone=Europe/Berlin:99999", "system", null, 0)]
    public void Of_Cookies_AreBelievedAsFarAsTheyMakeSense(string cookies, string theme, string? zone, int offset)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Cookie = cookies;
        Assert.Equal(new Viewer(theme, zone, offset), Viewer.Of(http));
    }

    [Fact]
    public void Clock_OfAKnownZone_FollowsItsSummerTime() =>
        Assert.Equal("2026-07-02 00:30:00.000 Europe/Berlin", new ViewerClock(new Viewer("system", "Europe/Berlin", 60)).Exact(s_summer));

    [Fact]
    public void Clock_OfAZoneThatThisMachineDoesNotKnow_TakesItsOffset() =>
        Assert.Equal("04:00", new ViewerClock(new Viewer("system", "Mars/Olympus", 330)).Minute(s_summer));
}
