using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.AppHostTests;

public class TestingBuilderTests
{
    [ServersFact]
    public async Task Create_TwoApplications_RunSideBySideAndLeaveNothing()
    {
        var both = await Task.WhenAll(SampleApplication.StartAsync(), SampleApplication.StartAsync());
        string[] folders;
        try
        {
            Assert.NotEqual(both[0].GetEndpoint("productapi"), both[1].GetEndpoint("productapi"));
            Assert.NotEqual(await both[0].GetConnectionStringAsync("cache"), await both[1].GetConnectionStringAsync("cache"));
            foreach (var application in both)
            {
                using var client = application.CreateHttpClient("productapi");
                Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync(new Uri("/health", UriKind.Relative))).StatusCode);
            }
        }
        finally
        {
            folders = [.. both.Select(a => a.Services.GetRequiredService<Aspire.Hosting.Local.AppHostSpace>().Root)];
            foreach (var application in both)
                await application.DisposeAsync();
        }

        Assert.DoesNotContain(folders, Directory.Exists);
    }

    [Fact]
    public async Task Create_NotBuilt_EndsTheEntryPoint()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Sample_AppHost>();
        Assert.Contains(builder.Resources, r => r.Name == "productapi");
    }

    [Fact]
    public async Task WaitForResource_UnknownName_SaysWhichThereAre()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Sample_AppHost>();
        await using var application = await builder.BuildAsync();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => application.ResourceNotifications.WaitForResourceAsync("nobody", KnownResourceStates.Running));
        Assert.Contains("productapi", error.Message, StringComparison.Ordinal);
    }
}
