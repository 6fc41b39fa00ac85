using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Finds methods, of any service, that store different types under one key, or one type by different values with the same text: each would read the other's entry.</summary>
internal static class KeyConflicts
{
    public static IEnumerable<DiagnosticModel> Find(IEnumerable<KeyUse> uses)
    {
        foreach (var family in uses.Distinct().GroupBy(static use => use.Family))
        {
            var sound = new List<KeyUse>();
            foreach (var use in family)
            {
                if (sound.FirstOrDefault(other => IsConflict(other, use)) is { } first)
                    yield return new DiagnosticModel(Diagnostics.TwoTypesOneKey.Id, use.Location, new([use.Method, Stored(use, first), use.Shape, first.Method, Stored(first, use) + Key(first, use)]));
                else
                    sound.Add(use);
            }
        }
    }

    // Methods with one shape share their entries: of one type, by values of one type.
    private static bool IsConflict(KeyUse one, KeyUse other) => one.Shape == other.Shape
        ? one.Type != other.Type || one.Placeholders != other.Placeholders
        : KeyOverlap.IsPossible(one.Key, other.Key);

    private static string Stored(KeyUse use, KeyUse other) =>
        use.Placeholders == other.Placeholders || use.Placeholders.Length == 0 ? use.TypeName : $"{use.TypeName} by {use.Placeholders}";

    private static string Key(KeyUse use, KeyUse other) => use.Shape == other.Shape ? "" : $" as \"{use.Shape}\"";
}
