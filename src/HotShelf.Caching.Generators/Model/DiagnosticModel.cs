using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace HotShelf.Caching.Generators.Model;

/// <summary>A diagnostic compared by value.</summary>
internal sealed record DiagnosticModel(string Id, LocationModel? Location, EquatableArray<string> Arguments)
{
    /// <summary>With its arguments as properties <c>0</c>, <c>1</c>, …, for code fixes.</summary>
    public Diagnostic Create() => Diagnostic.Create(
        Diagnostics.ById(Id),
        Location?.Create() ?? Microsoft.CodeAnalysis.Location.None,
        Arguments.Select(static (text, index) => new KeyValuePair<string, string?>(index.ToString(CultureInfo.InvariantCulture), text)).ToImmutableDictionary(),
        [.. Arguments]);
}

/// <summary>A place in a file, compared by value and holding no syntax tree alive.</summary>
internal sealed record LocationModel(string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static LocationModel? From(SyntaxNode? node) => node is null ? null : From(node.GetLocation());

    public static LocationModel? From(Location location) =>
        location.SourceTree is { } tree ? new LocationModel(tree.FilePath, location.SourceSpan, location.GetLineSpan().Span) : null;

    public Location Create() => Location.Create(Path, Span, Lines);
}
