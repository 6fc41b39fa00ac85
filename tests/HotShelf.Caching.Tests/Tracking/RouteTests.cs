using System.Net;
using HotShelf.Caching.Redis.Tracking;

namespace HotShelf.Caching.Tests.Tracking;

public class RouteTests
{
    private static readonly EndPoint s_first = new DnsEndPoint("first", 1);
    private static readonly EndPoint s_second = new DnsEndPoint("second", 1);
    private static readonly EndPoint s_named = new DnsEndPoint("named", 1);

    [Fact]
    public void Skip_EachServerNamesOneThatFails_AllKnownAreTried()
    {
        var route = new Route([s_first, s_second]);
        var tried = new List<EndPoint>();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            tried.Add(route.Next());
            route.Skip(tried[^1]);
            if (tried[^1] != s_named)
                route.GoTo(s_named);
        }

        Assert.Equal([s_first, s_named, s_second, s_named], tried);
    }

    [Fact]
    public void Skip_TheLastThatWorked_IsTriedOnlyOnceMore()
    {
        var route = new Route([s_first, s_second]);
        route.GoTo(route.Next());
        route.Skip(route.Next());
        Assert.Equal(s_second, route.Next());
    }
}
