using System.Net.Sockets;
using System.Text;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.ProductApi.Tests;

/// <summary>A client that may not call an endpoint learns that and nothing else, whatever else is wrong with the request; over every endpoint there is.</summary>
[Collection(FleetCollection.Name)]
public class AuthorizationFirstTests(Fleet fleet)
{
    [ServersFact]
    public void Writes_All_AreProtected()
    {
        var writes = Endpoints().Where(endpoint => endpoint.Method is not ("GET" or "HEAD")).ToList();
        Assert.True(writes.Count >= 9, $"Only {writes.Count} writes were found");
        Assert.All(writes, write => Assert.True(write.IsProtected, $"{write.Method} {write.Path} lets anybody in"));
    }

    [ServersTheory]
    [InlineData("text/plain", "hello", null)]
    [InlineData("application/x-www-form-urlencoded", "a=b", null)]
    [InlineData("application/json", "{\"amount\":", null)]
    [InlineData("application/json", "{}", "nonsense")]
    [InlineData("not a media type", "{}", "\"a1\", \"a2\"")]
    public async Task Write_WithoutKeyAndOtherwiseWrong_401(string mediaType, string body, string? ifMatch)
    {
        foreach (var (method, path, _) in Endpoints().Where(endpoint => endpoint.IsProtected))
        {
            // A number that is none, and a name with what it may not have.
            var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{id}", "zero", StringComparison.Ordinal));
            if (method is not ("GET" or "HEAD"))
            {
                request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
                request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
            }

            if (ifMatch is not null)
                request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            using var response = await fleet.A.Client.SendAsync(request);
            Assert.True((int)response.StatusCode == 401, $"{method} {path} answered {(int)response.StatusCode}");
            Assert.Single(response.Headers.WwwAuthenticate);
        }
    }

    [ServersTheory]
    [InlineData("PUT", "/products/1")]
    [InlineData("PUT", "/products/1/price")]
    [InlineData("POST", "/products")]
    [InlineData("POST", "/sessions")]
    [InlineData("PUT", "/users/me/profile")]
    public async Task Write_WithoutKeyAndALargeBody_401BeforeTheBodyIsRead(string method, string path)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(fleet.A.Address.Host, fleet.A.Address.Port);
        // Not one byte of the body is sent: an answer that waited for it would never come.
        await socket.SendAsync(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var buffer = new byte[4096];
        var received = new StringBuilder();
        while (await socket.ReceiveAsync(buffer, limit.Token) is > 0 and var read)
            received.Append(Encoding.ASCII.GetString(buffer, 0, read));
        // The loop ended because the server closed the connection instead of swallowing the body.
        Assert.StartsWith("HTTP/1.1 401 ", received.ToString(), StringComparison.Ordinal);
    }

    private IEnumerable<(string Method, string Path, bool IsProtected)> Endpoints() =>
        from endpoint in fleet.A.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Distinct()
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
        let path = "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("{**key}", "product:1", StringComparison.Ordinal)
        select (method, path, endpoint.Metadata.GetOrderedMetadata<AuthorizationPolicy>().Count > 0);
}
