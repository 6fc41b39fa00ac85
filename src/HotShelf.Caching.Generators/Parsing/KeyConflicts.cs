using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Finds methods, of any service, that store different types under one key: each would read the other's entry.</summary>
internal static class KeyConflicts
{
    public static IEnumerable<DiagnosticModel> Find(IEnumerable<KeyUse> uses)
    {
        foreach (var shape in uses.GroupBy(static use => use.Shape))
        {
            var first = shape.First();
            foreach (var other in shape.Where(use => use.Type != first.Type).Distinct())
                yield return new DiagnosticModel(Diagnostics.TwoTypesOneKey.Id, other.Location, new([other.Method, other.TypeName, other.Shape, first.Method, first.TypeName]));
        }
    }
}
