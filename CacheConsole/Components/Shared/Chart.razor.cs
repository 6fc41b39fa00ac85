using System.Globalization;
using System.Text.Json;
using HotShelf.CacheConsole.Charts;
using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>
/// Series over time. The server draws it; app.js adds the cursor, for a pointer, a finger and the arrow keys alike. Text never stretches with the chart,
/// because only the lines are in a field that does.
/// </summary>
public sealed partial class Chart
{
    private ChartPlot _plot = new([], [], [], IsEmpty: true);
    private string _hover = "{}";

    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    [Parameter, EditorRequired]
    public IReadOnlyList<ChartSeries> Series { get; set; } = [];

    [Parameter, EditorRequired]
    public DateTimeOffset From { get; set; }

    [Parameter, EditorRequired]
    public DateTimeOffset To { get; set; }

    [Parameter]
    public NumberUnit Unit { get; set; }

    [Parameter]
    public ChartKind Kind { get; set; }

    [Parameter]
    public ChartScale Scale { get; set; }

    /// <summary>The top of the chart; null: a round number above the largest value.</summary>
    [Parameter]
    public double? Maximum { get; set; }

    /// <summary>Said in place of lines when there is no value at all.</summary>
    [Parameter]
    public string Empty { get; set; } = "Nothing in this time";

    /// <summary>The time that the values of the legend are of: those of the last point.</summary>
    [Parameter]
    public string Latest { get; set; } = "now";

    /// <summary><c>small</c> for one of several beside each other.</summary>
    [Parameter]
    public string? Class { get; set; }

    [CascadingParameter]
    private ViewerClock Clock { get; set; } = null!;

    private string Label => $"{Title}, from {Clock.Minute(From)} to {Clock.Minute(To)}. "
        + string.Join("; ", Series.Select(one => $"{one.Name} {(one.Latest is { } latest ? $"{Latest} {Humanize.Number(latest, Unit)}" : "no value")}"))
        + ". The arrow keys move through time.";

    protected override void OnParametersSet()
    {
        _plot = ChartPlot.Of(Series, Kind, Scale, Unit, Maximum, From, To, Clock);
        _hover = Hover();
    }

    // What the cursor shows, already written out: app.js has no arithmetic of its own.
    private string Hover()
    {
        var longest = Series.MaxBy(static one => one.Points.Count);
        var length = (To - From).TotalSeconds;
        if (longest is null || length <= 0)
            return "{}";
        return JsonSerializer.Serialize(new
        {
            x = longest.Points.Select(point => Math.Round((point.At - From).TotalSeconds / length, 4)),
            t = longest.Points.Select(point => At(point.At)),
            s = Series.Select(one => new { n = one.Name, c = one.Colour, v = one.Points.Select(point => point.Value is { } value ? Humanize.Number(value, Unit) : "–") }),
        });
    }

    // Where points lie closer than a minute, the minute does not tell them apart.
    private string At(DateTimeOffset time) => To - From <= TimeSpan.FromMinutes(30) ? Clock.Time(time) : Clock.Minute(time);

    private static string Share(double share) => $"{(share * 100).ToString("0.##", CultureInfo.InvariantCulture)}%";

    // Razor keeps the element's name, text, for itself.
    private static RenderFragment Text(string x, string y, string text) => builder =>
    {
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "x", x);
        builder.AddAttribute(2, "y", y);
        builder.AddContent(3, text);
        builder.CloseElement();
    };
}
