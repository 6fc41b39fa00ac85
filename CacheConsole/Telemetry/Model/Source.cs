namespace HotShelf.CacheConsole.Telemetry.Model;

/// <summary>A process that exports telemetry.</summary>
/// <param name="Service">Its <c>service.name</c>: one for all replicas.</param>
/// <param name="Instance">Its <c>service.instance.id</c>.</param>
/// <param name="Fields">All attributes of its resource.</param>
public sealed record Source(string Service, string? Instance, Field[] Fields)
{
    /// <summary>What the resource feed calls the same process, such as <c>productapi-abcdefgh</c>.</summary>
    public string Id { get; } = Instance is null ? Service : $"{Service}-{Instance}";

    /// <summary>True when the name is that of the service or of this instance; null is everybody.</summary>
    public bool Is(string? name) =>
        name is null || Service.Equals(name, StringComparison.OrdinalIgnoreCase) || Id.Equals(name, StringComparison.OrdinalIgnoreCase);
}
