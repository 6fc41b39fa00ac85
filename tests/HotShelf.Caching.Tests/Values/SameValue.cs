using System.Collections;
using System.Reflection;

namespace HotShelf.Caching.Tests.Values;

/// <summary>Compares two values field by field, whatever their types say of equality.</summary>
internal static class SameValue
{
    public static void Assert(object? expected, object? actual, string path = "value")
    {
        if (expected is null || actual is null)
        {
            Xunit.Assert.True(expected is null && actual is null, $"{path}: expected {expected ?? "null"}, got {actual ?? "null"}");
            return;
        }

        if (expected is IDictionary entries && actual is IDictionary others)
        {
            Xunit.Assert.True(entries.Count == others.Count, $"{path}: {entries.Count} entries, got {others.Count}");
            foreach (DictionaryEntry entry in entries)
                Assert(entry.Value, others[entry.Key], $"{path}[{entry.Key}]");
            return;
        }

        if (expected is IEnumerable items and not string && actual is IEnumerable itemsRead)
        {
            var (left, right) = (items.Cast<object?>().ToList(), itemsRead.Cast<object?>().ToList());
            Xunit.Assert.True(left.Count == right.Count, $"{path}: {left.Count} items, got {right.Count}");
            for (var i = 0; i < left.Count; i++)
                Assert(left[i], right[i], $"{path}[{i}]");
            return;
        }

        var type = expected.GetType();
        Xunit.Assert.True(type == actual.GetType(), $"{path}: expected a {type}, got a {actual.GetType()}");
        if (type.IsPrimitive || type.IsEnum || expected is string or decimal or Guid or Uri or Int128 or Half or DateTimeOffset or DateOnly or TimeOnly or TimeSpan)
            Xunit.Assert.True(expected.Equals(actual), $"{path}: expected {expected}, got {actual}");
        else if (expected is DateTime time)
            Xunit.Assert.True(time == (DateTime)actual && time.Kind == ((DateTime)actual).Kind, $"{path}: expected {time:O}, got {actual:O}");
        else
            AssertFields(expected, actual, path);
    }

    private static void AssertFields(object expected, object actual, string path)
    {
        for (var level = expected.GetType(); level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (var field in level.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (!typeof(Delegate).IsAssignableFrom(field.FieldType))
                    Assert(field.GetValue(expected), field.GetValue(actual), $"{path}.{field.Name}");
            }
        }
    }
}
