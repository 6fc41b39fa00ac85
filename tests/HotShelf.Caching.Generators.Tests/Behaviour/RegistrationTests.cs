using HotShelf.Caching.Generators.Tests.Fakes;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Generators.Tests.Behaviour;

public class RegistrationTests
{
    private readonly IServiceCollection _services = new ServiceCollection().AddSingleton<HybridCache, RecordingCache>().AddSingleton(new List<string>());

    [Fact]
    public async Task AddCached_Implementation_IsWrappedAndShared()
    {
        await using var provider = _services.AddCached<IProductReader, ProductReader>().BuildServiceProvider();
        var reader = provider.GetRequiredService<IProductReader>();
        Assert.IsType<CachedProductReader>(reader);
        Assert.Same(reader, provider.GetRequiredService<IProductReader>());
        await reader.FindAsync(1);
        Assert.Equal(["find 1"], provider.GetRequiredService<ProductReader>().Calls);
    }

    [Fact]
    public async Task AddCached_ImplementationRegisteredBefore_KeepsThatRegistration()
    {
        var own = new ProductReader { Source = "own" };
        await using var provider = _services.AddSingleton(own).AddCached<IProductReader, ProductReader>().BuildServiceProvider();
        Assert.Equal("own", provider.GetRequiredService<IProductReader>().Source);
    }

    [Theory]
    [InlineData(ServiceLifetime.Scoped)]
    [InlineData(ServiceLifetime.Transient)]
    public void AddCached_ImplementationRegisteredWithAnotherLifetime_SaysWhatToDo(ServiceLifetime lifetime)
    {
        _services.Add(ServiceDescriptor.Describe(typeof(ProductReader), typeof(ProductReader), lifetime));
        var refusal = Assert.Throws<InvalidOperationException>(() => _services.AddCached<IProductReader, ProductReader>());
        Assert.Contains($"ProductReader is registered as {lifetime}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("IServiceScopeFactory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddCached_Factory_DecoratesWhatItMakes()
    {
        await using var provider = _services.AddCached<IProductWriter>(from => new ProductWriter(from.GetRequiredService<List<string>>())).BuildServiceProvider();
        Assert.IsType<CachedProductWriter>(provider.GetRequiredService<IProductWriter>());
    }

    [Fact]
    public async Task AddCached_KeyedCache_IsTheOneUsed()
    {
        await using var provider = _services.AddKeyedSingleton<HybridCache, RecordingCache>("reports").AddCached<IProductReader, ProductReader>(cache: "reports").BuildServiceProvider();
        await provider.GetRequiredService<IProductReader>().FindAsync(1);
        Assert.Empty(((RecordingCache)provider.GetRequiredService<HybridCache>()).Events);
        Assert.Single(((RecordingCache)provider.GetRequiredKeyedService<HybridCache>("reports")).Events);
    }

    [Fact]
    public async Task Disposal_OfDecorator_IsLeftToTheContainer()
    {
        ProfileReader origin;
        await using (var provider = _services.AddCached<IProfileReader, ProfileReader>().BuildServiceProvider())
        {
            origin = provider.GetRequiredService<ProfileReader>();
            provider.GetRequiredService<IProfileReader>().Dispose();
            Assert.False(origin.IsDisposed);
        }

        Assert.True(origin.IsDisposed);
    }
}
