using System.Text.RegularExpressions;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Resources;

/// <summary>A line that an instance wrote, or that the engine wrote of it.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Instance">The instance; the resource's name for what the engine says of all of it.</param>
/// <param name="Number">Counts up within the instance.</param>
/// <param name="Time">When the engine read it.</param>
/// <param name="Text">With the colours that a terminal would show.</param>
/// <param name="IsError">Written to the error stream.</param>
public sealed partial record ConsoleLine(string Resource, string Instance, int Number, DateTimeOffset Time, string Text, bool IsError) : IMeasured
{
    public int Bytes => Measure.Object + Measure.Of(Text);

    /// <summary>As it is shown beside its time: without the time of day that the line itself may begin with, in the server's zone.</summary>
    public string Body => OwnTime().Match(Text) is { Success: true, Length: var length } ? Text[length..] : Text;

    /// <summary>As it is searched, shown without colours, and downloaded.</summary>
    public string Plain => AnsiText.Strip(Text);

    [GeneratedRegex(@"^(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d[.,]\d{3,7}(?:Z| UTC)? ")]
    private static partial Regex OwnTime();
}
