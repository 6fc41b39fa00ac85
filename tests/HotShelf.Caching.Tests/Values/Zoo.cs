using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HotShelf.Caching.Tests.Values;

#pragma warning disable CA1051 // Fields are what is tested.

/// <summary>The types of <see cref="ZooTests"/>: first those that are kept, then those that are refused.</summary>
public static class Zoo
{
    public class Fields
    {
        public int Number;
        public string? Text;
        public (int Left, string Right) Pair;
    }

    public struct FieldStruct
    {
        public int Number;
        public int[]? Numbers;
    }

    public sealed record WithTuple(int Id, (int Left, string Right) Pair, (DateTime, (int, long))? Nested);

    public class Settable
    {
        public int Public { get; set; }
        public int Init { get; init; }
        public required string Required { get; set; }
        public FieldStruct Fields { get; set; }
        public int Twice => Public * 2;
    }

    public class ByConstructor(int number, string text)
    {
        private readonly string _text = text;

        public int Number => number;
        public string Text => _text;
    }

    public class WithInclude
    {
        [JsonInclude]
        public int Number { get; private set; }

        public static WithInclude Of(int number) => new() { Number = number };
    }

    public class OwnBackingField
    {
        private int _number;

        public int Number { get => _number; set => _number = value; }
    }

    public class Populated
    {
        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public List<(int, int)> Pairs { get; } = [];
    }

    [JsonDerivedType(typeof(Dog), "dog")]
    [JsonDerivedType(typeof(Cat), "cat")]
    public abstract class Animal
    {
        public string Name { get; set; } = "";
    }

    public class Dog : Animal
    {
        public int Volume;
    }

    public sealed class Cat : Animal
    {
        public List<string> Toys { get; set; } = [];
    }

    public class Parent
    {
        public virtual int Number { get; set; }
    }

    public class Child : Parent
    {
        public override int Number { get; set; }
        public string? More { get; set; }
    }

    public sealed class Collections
    {
        public int[] Array { get; set; } = [];
        public List<FieldStruct> Structs { get; set; } = [];
        public HashSet<string> Set { get; set; } = [];
        public Dictionary<string, (int, int)> Pairs { get; set; } = [];
        public SortedDictionary<int, string> Sorted { get; set; } = [];
        public Queue<int> Queue { get; set; } = [];
        public LinkedList<int> Linked { get; set; } = [];
        public IReadOnlyList<int> Interface { get; set; } = [];
        public IReadOnlyDictionary<DayOfWeek, int> ByEnum { get; set; } = new Dictionary<DayOfWeek, int>();
        public int[][] Jagged { get; set; } = [];
        public byte[] Bytes { get; set; } = [];
    }

    public sealed record Times(DateTime Utc, DateTime Unspecified, DateTimeOffset Offset, DateOnly Date, TimeOnly Time, TimeSpan Span);

    public sealed record Numbers(int? None, int? Some, double NotANumber, double Infinite, double NegativeZero, decimal Scale, Int128 Large, Half Small, char Letter, DayOfWeek Day, Guid Id);

    public sealed class Tree
    {
        public string Name { get; set; } = "";
        public List<Tree> Children { get; set; } = [];
        public Tree? Next { get; set; }
    }

    public class Ignoring
    {
        public int Kept { get; set; }

        [JsonIgnore]
        public int Left { get; set; }

        [field: JsonIgnore]
        public event EventHandler? Changed;

        public void Change() => Changed?.Invoke(this, EventArgs.Empty);
    }

    [ImmutableObject(true)]
    public sealed record IgnoringImmutable(int Kept)
    {
        [JsonIgnore]
        public int Left { get; init; }
    }

    // Refused.
    public class PrivateSetter
    {
        public int Number { get; private set; }

        public static PrivateSetter Of(int number) => new() { Number = number };
    }

    public class GetOnlyList
    {
        public List<int> Numbers { get; } = [];
    }

    public class PrivateState
    {
        private int _count;

        public void Add() => _count++;

        public override string ToString() => $"{_count}";
    }

    public class Entity
    {
        private readonly List<int> _lines = [];

        public IReadOnlyList<int> Lines => _lines;

        public void Add(int line) => _lines.Add(line);
    }

    public class WithObject
    {
        public object? Anything { get; set; }
    }

    public class HoldsRefused
    {
        public List<Dictionary<string, PrivateSetter?>> Deep { get; set; } = [];
    }

    public class CountedList : List<int>
    {
        public int Total { get; set; }
    }

    public interface IShape
    {
        int Sides { get; set; }
    }

    public class WithInterface
    {
        public IShape? Shape { get; set; }
    }

    public class NoConstructor
    {
        private NoConstructor()
        {
        }

        public int Number { get; set; }

        public static NoConstructor Of(int number) => new() { Number = number };
    }

    public class Hidden : Parent
    {
        public new string? Number { get; set; }
    }

    public class Extended
    {
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? More { get; set; }
    }
}
