using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Finds methods, of any service, that store different types under one key, or one type by different values with the same text: each would read the other's entry.</summary>
internal static class KeyConflicts
{
    public static IEnumerable<DiagnosticModel> Find(IEnumerable<KeyUse> uses)
    {
        foreach (var shape in uses.GroupBy(static use => use.Shape))
        {
            var first = shape.First();
            foreach (var other in shape.Where(use => use.Type != first.Type || use.Placeholders != first.Placeholders).Distinct())
                yield return new DiagnosticModel(Diagnostics.TwoTypesOneKey.Id, other.Location, new([other.Method, Stored(other), other.Shape, first.Method, Stored(first)]));

            string Stored(KeyUse use) => shape.All(other => other.Placeholders == use.Placeholders) ? use.TypeName : $"{use.TypeName} by {use.Placeholders}";
        }
    }
}
