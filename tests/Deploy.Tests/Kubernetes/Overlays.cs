namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>Both overlays, and production with HTTPS to its pods, rendered once for all tests.</summary>
public sealed class Overlays : IAsyncLifetime
{
    public static TheoryData<string> Names { get; } = ["dev", "production", WithHttps];

    public const string WithHttps = "production with HTTPS";

    private readonly Dictionary<string, Rendering> _renderings = [];

    internal Rendering this[string overlay] => _renderings[overlay];

    public async Task InitializeAsync()
    {
        if (Rendering.Missing is not null)
            return;
        foreach (var overlay in (string[])["dev", "production"])
            _renderings[overlay] = await Rendering.OfOverlayAsync(overlay);
        _renderings[WithHttps] = await Rendering.OfOverlayAsync("production", "tls", "https-gateway");
    }

    public Task DisposeAsync() => Task.CompletedTask;
}

[CollectionDefinition(Name)]
public sealed class OverlaysCollection : ICollectionFixture<Overlays>
{
    public const string Name = "overlays";
}
