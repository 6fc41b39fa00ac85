namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>What of a request was not taken, and why: the answer tells the sender.</summary>
internal sealed class Rejections
{
    private string? _reason;

    public int Count { get; private set; }

    public string Message => _reason ?? "";

    public void Add(string reason)
    {
        Count++;
        _reason ??= reason;
    }
}
