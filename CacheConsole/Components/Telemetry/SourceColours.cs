namespace HotShelf.CacheConsole.Components.Telemetry;

/// <summary>The colour of a service, the same on every page and after a restart.</summary>
internal static class SourceColours
{
    private const int Colours = 6;

    public static int Of(string service)
    {
        // FNV-1a: the runtime's own hash differs from run to run.
        var hash = 2166136261;
        foreach (var c in service)
            hash = (hash ^ c) * 16777619;
        return (int)(hash % Colours) + 1;
    }
}
