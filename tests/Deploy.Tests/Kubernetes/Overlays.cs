namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>Both overlays, rendered once for all tests.</summary>
public sealed class Overlays : IAsyncLifetime
{
    public static TheoryData<string> Names { get; } = ["dev", "production"];

    private readonly Dictionary<string, Rendering> _renderings = [];

    internal Rendering this[string overlay] => _renderings[overlay];

    public async Task InitializeAsync()
    {
        if (Rendering.Missing is not null)
            return;
        foreach (var overlay in (string[])["dev", "production"])
            _renderings[overlay] = await Rendering.OfOverlayAsync(overlay);
    }

    public Task DisposeAsync() => Task.CompletedTask;
}

[CollectionDefinition(Name)]
public sealed class OverlaysCollection : ICollectionFixture<Overlays>
{
    public const string Name = "overlays";
}
