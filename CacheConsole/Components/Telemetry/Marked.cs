using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace HotShelf.CacheConsole.Components.Telemetry;

/// <summary>Text in which what was looked for is marked.</summary>
public sealed class Marked : ComponentBase
{
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    [Parameter]
    public IReadOnlyList<string> Words { get; set; } = [];

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        var at = 0;
        foreach (var (start, length) in Places())
        {
            builder.AddContent(0, Text[at..start]);
            builder.OpenElement(1, "mark");
            builder.AddContent(2, Text.Substring(start, length));
            builder.CloseElement();
            at = start + length;
        }

        builder.AddContent(3, Text[at..]);
    }

    // From left to right, the longest of those that begin at one place, and none within another.
    private IEnumerable<(int Start, int Length)> Places()
    {
        for (var at = 0; at < Text.Length;)
        {
            var next = Words.Select(word => (Start: Text.IndexOf(word, at, StringComparison.OrdinalIgnoreCase), word.Length)).Where(static place => place.Start >= 0)
                .OrderBy(static place => place.Start).ThenByDescending(static place => place.Length).FirstOrDefault((-1, 0));
            if (next.Item1 < 0)
                yield break;
            yield return next;
            at = next.Item1 + next.Item2;
        }
    }
}
