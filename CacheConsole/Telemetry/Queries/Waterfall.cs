using HotShelf.CacheConsole.Telemetry.Model;

namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>A span at its place in the waterfall.</summary>
/// <param name="Span">The span.</param>
/// <param name="Depth">0 for a root.</param>
/// <param name="Children">How many spans are below it, at whatever depth.</param>
/// <param name="IsCollapsed">They are not shown.</param>
/// <param name="Offset">Where it starts, as a share of the trace.</param>
/// <param name="Width">How long it takes, as a share of the trace.</param>
public sealed record WaterfallRow(Span Span, int Depth, int Children, bool IsCollapsed, double Offset, double Width)
{
    /// <summary>Behind its bar, or where there is no room, before or in it.</summary>
    public LabelPlace Label => Offset + Width < 0.85 ? LabelPlace.After : Offset > 0.15 ? LabelPlace.Before : LabelPlace.Inside;
}

/// <summary>Where the duration stands.</summary>
public enum LabelPlace
{
    After,
    Before,
    Inside,
}

/// <summary>The spans of a trace as a tree, each below its parent in the order of their starts.</summary>
internal static class Waterfall
{
    public static IReadOnlyList<WaterfallRow> Of(Trace trace, IReadOnlySet<string> collapsed)
    {
        var known = trace.Spans.Select(static span => span.SpanId).ToHashSet(StringComparer.Ordinal);
        var children = trace.Spans.Where(span => span.ParentId is { } parent && parent != span.SpanId && known.Contains(parent)).ToLookup(static span => span.ParentId!, StringComparer.Ordinal);
        var rows = new List<WaterfallRow>();
        var visited = new HashSet<string>(StringComparer.Ordinal);
        // A span whose parent has not arrived, or never will, stands at the root; then whatever refers to itself in a circle.
        foreach (var span in trace.Spans.Where(span => span.ParentId is null || !known.Contains(span.ParentId)).Concat(trace.Spans))
            Add(span, 0, isShown: true);
        return rows;

        int Add(Span root, int depth, bool isShown)
        {
            if (!visited.Add(root.SpanId))
                return 0;
            var at = rows.Count;
            var isCollapsed = collapsed.Contains(root.SpanId);
            if (isShown)
                rows.Add(Row(root, depth, isCollapsed));
            var below = 0;
            foreach (var child in children[root.SpanId])
                below += Add(child, depth + 1, isShown && !isCollapsed);
            if (isShown)
                rows[at] = rows[at] with { Children = below };
            return below + 1;
        }

        WaterfallRow Row(Span span, int depth, bool isCollapsed)
        {
            var whole = Math.Max(1, trace.Duration.Ticks);
            return new WaterfallRow(span, depth, 0, isCollapsed, (double)(span.Start - trace.Start).Ticks / whole, (double)span.Duration.Ticks / whole);
        }
    }
}
