using System.Net;
using HotShelf.Caching.Redis.Tracking;

namespace HotShelf.Caching.Tests.Tracking;

public class ClusterTopologyTests
{
    private static readonly IPEndPoint s_asked = new(IPAddress.Parse("10.0.0.9"), 7000);

    [Theory]
    [InlineData("10.0.0.1:7001@17001", false, "10.0.0.1:7001")]
    [InlineData("10.0.0.1:7001@17001,shelf-1.example", false, "10.0.0.1:7001")]
    [InlineData("10.0.0.1:7001@17001,shelf-1.example", true, "Unspecified/shelf-1.example:7001")]
    [InlineData("10.0.0.1:7001@17001,,shard-id=abc", true, "10.0.0.1:7001")]
    [InlineData("10.0.0.1:7001@17001,shard-id=abc", true, "10.0.0.1:7001")]
    [InlineData("2001:db8::1:7001@17001", false, "[2001:db8::1]:7001")]
    [InlineData(":7001@17001", false, "10.0.0.9:7001")]
    [InlineData("10.0.0.1:7001", false, "10.0.0.1:7001")]
    public void Parse_AddressOfEachForm_IsRead(string address, bool preferNames, string expected)
    {
        var topology = ClusterTopology.Parse($"id {address} master - 0 0 1 connected 0-16383\n", s_asked, preferNames);
        Assert.Equal(expected, Assert.Single(topology.Primaries).EndPoint.ToString());
    }

    [Fact]
    public void Parse_NodesInEveryState_PrimariesThatMatterAreGiven()
    {
        const string Nodes = """
            a 10.0.0.1:1@11 myself,master - 0 0 1 connected 0-99 [100->-b] [200-<-c]
            b 10.0.0.1:2@12 slave a 0 0 1 connected
            c 10.0.0.1:3@13 master - 0 0 2 connected
            d 10.0.0.1:4@14 master,fail - 0 0 3 disconnected 100
            e 10.0.0.1:5@15 master,fail - 0 0 4 disconnected
            f 10.0.0.1:6@16 handshake - 0 0 0 connected
            g :0@0 master,noaddr - 0 0 5 disconnected 5
            h 10.0.0.1:8@18 master,fail? - 0 0 6 connected 300 302-303
            i 10.0.0.1:9@19 master - 0 0 7 connected [200->-a]
            """;
        var topology = ClusterTopology.Parse(Nodes, s_asked, preferNames: false);
        Assert.Equal(
            ["10.0.0.1:1 True", "10.0.0.1:3 False", "10.0.0.1:4 True", "10.0.0.1:8 True", "10.0.0.1:9 False"],
            topology.Primaries.Select(primary => $"{primary.EndPoint} {primary.OwnsSlots}"));
        Assert.False(topology.IsCutOff);
    }

    [Fact]
    public void Parse_AskedNodeHasNoLinkToMost_IsCutOff()
    {
        const string Nodes = """
            a 10.0.0.1:1@11 myself,master - 0 0 1 connected 0-99
            b 10.0.0.1:2@12 master - 0 0 2 disconnected 100-199
            c 10.0.0.1:3@13 master - 0 0 2 disconnected 200-299
            d 10.0.0.1:4@14 master - 0 0 2 connected 300-399
            """;
        Assert.True(ClusterTopology.Parse(Nodes, s_asked, preferNames: false).IsCutOff);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("a b c d e f g")]
    [InlineData("a 10.0.0.1 master - 0 0 1 connected 0-99")]
    [InlineData("a 10.0.0.1:x master - 0 0 1 connected 0-99")]
    [InlineData("a 10.0.0.1:99999 master - 0 0 1 connected 0-99")]
    public void Parse_SomethingElse_IsRejected(string text) =>
        Assert.Throws<RespException>(() => ClusterTopology.Parse(text, s_asked, preferNames: false));
}
