using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;

namespace HotShelf.Caching.Tests.Values;

/// <summary>
/// Promise 24: what any node reads equals what was loaded, or the type is refused by name at its first use. Each value is read from memory alone, from L1 of the
/// node that loaded it, and by another node from L2 and then from its L1.
/// </summary>
public sealed class ZooTests : IAsyncLifetime
{
    private readonly FakeRemoteServer _server = new(TimeProvider.System);
    private Node _memory = null!;
    private Node _first = null!;
    private Node _second = null!;

    public async Task InitializeAsync()
    {
        _memory = await Node.StartAsync(null);
        _first = Node.Over(new FakeRemoteStore(_server));
        _second = Node.Over(new FakeRemoteStore(_server));
    }

    public async Task DisposeAsync()
    {
        await _memory.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    /// <summary>The value is the same for everybody, and was loaded once a store.</summary>
    private async Task KeptAsync<T>(Func<T> make, Func<T>? expect = null, Action<T, T>? same = null)
    {
        var loads = 0;
        foreach (var cache in new[] { _memory.Cache, _first.Cache, _second.Cache })
        {
            for (var read = 0; read < 3; read++)
            {
                var value = await cache.GetOrCreateAsync("zoo:1", _ => { loads++; return ValueTask.FromResult(make()); });
                (same ?? ((left, right) => SameValue.Assert(left, right, typeof(T).Name)))((expect ?? make)(), value);
            }
        }

        Assert.Equal(2, loads);
    }

    /// <summary>The type is refused before its value is loaded, in memory alone as over Redis; the message names it and <paramref name="culprit"/>.</summary>
    private async Task RefusedAsync<T>(string culprit)
    {
        foreach (var cache in new[] { _memory.Cache, _first.Cache })
        {
            await CheckAsync(async () => await cache.GetOrCreateAsync("zoo:1", NotCalled<T>));
            await CheckAsync(async () => await cache.SetAsync("zoo:1", default(T)!));
            await CheckAsync(async () => await cache.TryGetAsync<T>("zoo:1"));
            await CheckAsync(async () => await cache.RefreshAsync("zoo:1", 0, (_, _, token) => NotCalled<T>(token)));
            await CheckAsync(async () => await cache.GetOrCreateManyAsync([1], id => $"zoo:{id}", 0, (_, _, token) => NotCalled<IReadOnlyDictionary<int, T>>(token)));
        }

        async Task CheckAsync(Func<Task> use)
        {
            var exception = await Assert.ThrowsAsync<InvalidOperationException>(use);
            Assert.Contains($"{typeof(T)}", exception.Message, StringComparison.Ordinal);
            Assert.Contains(culprit, exception.Message, StringComparison.Ordinal);
            Assert.Contains("IHybridCacheSerializer", exception.Message, StringComparison.Ordinal);
        }
    }

    private static ValueTask<T> NotCalled<T>(CancellationToken token) => throw new UnreachableException($"Nothing is loaded ({token.IsCancellationRequested}).");

    /// <summary>This one value cannot be kept: each caller gets what was loaded, and nothing is stored.</summary>
    private async Task ServedUncachedAsync<T>(Func<T> make, Action<T, T>? same = null)
    {
        var loads = 0;
        foreach (var cache in new[] { _memory.Cache, _first.Cache, _second.Cache })
        {
            for (var read = 0; read < 2; read++)
            {
                var value = await cache.GetOrCreateAsync("zoo:1", _ => { loads++; return ValueTask.FromResult(make()); });
                (same ?? ((left, right) => SameValue.Assert(left, right)))(make(), value);
            }
        }

        Assert.Equal(6, loads);
    }

    [Fact]
    public Task ReadEqualsLoaded_Tuple() => KeptAsync(() => (1, "x"));

    [Fact]
    public Task ReadEqualsLoaded_LongTuple() => KeptAsync(() => (1, 2, 3, 4, 5, 6, 7, 8, "nine"));

    [Fact]
    public Task ReadEqualsLoaded_ReferenceTuple() => KeptAsync(() => Tuple.Create(1, "x"));

    [Fact]
    public Task ReadEqualsLoaded_NullableTuple() => KeptAsync<(int, string)?>(() => (1, "x"));

    [Fact]
    public Task ReadEqualsLoaded_ListOfTuples() => KeptAsync(() => new List<(int, int)> { (1, 2), (3, 4) });

    [Fact]
    public Task ReadEqualsLoaded_DictionaryOfTuples() => KeptAsync(() => new Dictionary<string, (int, int)> { ["a"] = (1, 2) });

    [Fact]
    public Task ReadEqualsLoaded_Pair() => KeptAsync(() => KeyValuePair.Create(1, new Zoo.Fields { Number = 2 }));

    [Fact]
    public Task ReadEqualsLoaded_Anonymous() => KeptAsync(() => new { A = 1, B = new List<string> { "x" } });

    [Fact]
    public Task ReadEqualsLoaded_Fields() => KeptAsync(() => new Zoo.Fields { Number = 1, Text = "x", Pair = (2, "y") });

    [Fact]
    public Task ReadEqualsLoaded_FieldStruct() => KeptAsync(() => new Zoo.FieldStruct { Number = 1, Numbers = [1, 2] });

    [Fact]
    public Task ReadEqualsLoaded_NullableStruct() => KeptAsync<Zoo.FieldStruct?>(() => new Zoo.FieldStruct { Number = 1 });

    [Fact]
    public Task ReadEqualsLoaded_RecordWithTuples() => KeptAsync(() => new Zoo.WithTuple(1, (2, "x"), (new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), (3, 4L))));

    [Fact]
    public Task ReadEqualsLoaded_SettersOfEachKind() => KeptAsync(() => new Zoo.Settable { Public = 1, Init = 2, Required = "x", Fields = new Zoo.FieldStruct { Number = 3 } });

    [Fact]
    public Task ReadEqualsLoaded_Constructor() => KeptAsync(() => new Zoo.ByConstructor(1, "x"));

    [Fact]
    public Task ReadEqualsLoaded_IncludedPrivateSetter() => KeptAsync(() => Zoo.WithInclude.Of(1));

    [Fact]
    public Task ReadEqualsLoaded_BackingField() => KeptAsync(() => new Zoo.OwnBackingField { Number = 1 });

    [Fact]
    public Task ReadEqualsLoaded_PopulatedList() => KeptAsync(() => new Zoo.Populated { Pairs = { (1, 2) } });

    [Fact]
    public Task ReadEqualsLoaded_Polymorphic() =>
        KeptAsync(() => new List<Zoo.Animal> { new Zoo.Dog { Name = "a", Volume = 3 }, new Zoo.Cat { Name = "b", Toys = ["c"] } });

    [Fact]
    public Task ReadEqualsLoaded_Override() => KeptAsync(() => new Zoo.Child { Number = 1, More = "x" });

    [Fact]
    public Task ReadEqualsLoaded_Collections() => KeptAsync(() => new Zoo.Collections
    {
        Array = [1, 2],
        Structs = [new Zoo.FieldStruct { Number = 1, Numbers = [2] }],
        Set = ["a"],
        Pairs = { ["a"] = (1, 2) },
        Sorted = { [2] = "b", [1] = "a" },
        Queue = new Queue<int>([1, 2, 3]),
        Linked = new LinkedList<int>([1, 2, 3]),
        Interface = [1, 2],
        ByEnum = new Dictionary<DayOfWeek, int> { [DayOfWeek.Friday] = 5 },
        Jagged = [[1], [], [2, 3]],
        Bytes = [1, 2],
    });

    [Fact]
    public Task ReadEqualsLoaded_ImmutableCollections() => KeptAsync(() => ImmutableDictionary<string, ImmutableArray<(int, string)>>.Empty.Add("a", [(1, "x")]));

    [Fact]
    public Task ReadEqualsLoaded_Times() => KeptAsync(() => new Zoo.Times(
        new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc).AddTicks(9), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Unspecified),
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(5.5)), new DateOnly(2026, 1, 2), new TimeOnly(3, 4, 5, 6), TimeSpan.FromTicks(-123456789)));

    [Fact]
    public Task ReadEqualsLoaded_LocalTime() => KeptAsync(() => new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local));

    [Fact]
    public Task ReadEqualsLoaded_Numbers() => KeptAsync(() => new Zoo.Numbers(
        null, 1, double.NaN, double.NegativeInfinity, -0.0, 1.500m, Int128.MaxValue, (Half)0.1, 'x', DayOfWeek.Friday, new Guid("5a7c1a53-0d04-4b5c-9d5f-3f6f0a1d2c3b")));

    [Fact]
    public Task ReadEqualsLoaded_Tree() => KeptAsync(() => new Zoo.Tree { Name = "a", Children = [new() { Name = "b" }], Next = new() { Name = "c", Next = new() { Name = "d" } } });

    [Fact]
    public Task ReadEqualsLoaded_ExtensionData() => KeptAsync(
        () => JsonSerializer.Deserialize<Zoo.Extended>("""{ "a": 1 }""")!, same: (left, right) => Assert.Equal(left.More!["a"].ToString(), right.More!["a"].ToString()));

    [Fact]
    public Task ReadEqualsLoaded_Vector() => KeptAsync(() => new System.Numerics.Vector3(1, 2, 3));

    /// <summary>What a type leaves out by declaration is left out everywhere: from L1, from memory alone and from L2.</summary>
    [Fact]
    public Task Ignored_Member_IsLeftOutEverywhere() => KeptAsync(() => new Zoo.Ignoring { Kept = 1, Left = 2 }, () => new Zoo.Ignoring { Kept = 1 });

    [Fact]
    public Task Ignored_MemberOfImmutable_IsLeftOutEverywhere() => KeptAsync(() => new Zoo.IgnoringImmutable(1) { Left = 2 }, () => new Zoo.IgnoringImmutable(1));

    [Fact]
    public Task Refused_PrivateSetter() => RefusedAsync<Zoo.PrivateSetter>("property Zoo.PrivateSetter.Number has no setter that the serializer can use");

    [Fact]
    public Task Refused_GetOnlyList() => RefusedAsync<Zoo.GetOnlyList>("property Zoo.GetOnlyList.Numbers has no setter");

    [Fact]
    public Task Refused_PrivateState() => RefusedAsync<Zoo.PrivateState>("field Zoo.PrivateState._count is private");

    [Fact]
    public Task Refused_Entity() => RefusedAsync<Zoo.Entity>("field Zoo.Entity._lines is private");

    [Fact]
    public Task Refused_Object() => RefusedAsync<object>("object");

    [Fact]
    public Task Refused_ObjectMember() => RefusedAsync<Zoo.WithObject>("member Zoo.WithObject.Anything is declared as object");

    [Fact]
    public Task Refused_ObjectElement() => RefusedAsync<Dictionary<string, object>>("the element of Dictionary<String, Object> is declared as object");

    [Fact]
    public Task Refused_DeepMember() => RefusedAsync<Zoo.HoldsRefused>("property Zoo.PrivateSetter.Number");

    [Fact]
    public Task Refused_CollectionWithMembers() => RefusedAsync<Zoo.CountedList>("member Zoo.CountedList.Total");

    [Fact]
    public Task Refused_Interface() => RefusedAsync<Zoo.WithInterface>("member Zoo.WithInterface.Shape has the abstract type Zoo.IShape");

    [Fact]
    public Task Refused_NoConstructor() => RefusedAsync<Zoo.NoConstructor>("no public constructor");

    [Fact]
    public Task Refused_HiddenMember() => RefusedAsync<Zoo.Hidden>("property Zoo.Parent.Number");

    [Fact]
    public Task Refused_Stack() => RefusedAsync<Stack<int>>("order");

    [Fact]
    public Task Refused_ReadOnlyCollection() => RefusedAsync<System.Collections.ObjectModel.ReadOnlyCollection<int>>("written but not read again");

    [Fact]
    public Task Refused_BigInteger() => RefusedAsync<System.Numerics.BigInteger>("BigInteger");

    [Fact]
    public Task Refused_Delegate() => RefusedAsync<Func<int>>("JSON cannot keep");

    [Fact]
    public Task Refused_ArrayOfTwoDimensions() => RefusedAsync<int[,]>("JSON cannot keep");

    [Fact]
    public Task Refused_Pointer() => RefusedAsync<List<nint>>("JSON cannot keep");

    [Fact]
    public Task Refused_Stream() => RefusedAsync<Stream>("abstract");

    [Fact]
    public Task Refused_Sequence() => RefusedAsync<IAsyncEnumerable<int>>("IAsyncEnumerable");

    [Fact]
    public Task Refused_Query() => RefusedAsync<IQueryable<int>>("IQueryable");

    /// <summary>A subclass is not in the declared type, so only the value shows it.</summary>
    [Fact]
    public Task Uncached_Subclass() => ServedUncachedAsync(() => new List<Zoo.Parent> { new Zoo.Child { Number = 1, More = "x" } });

    [Fact]
    public Task Uncached_SubclassOfACollection() => ServedUncachedAsync<List<int>>(() => new Zoo.CountedList { Total = 1 });

    [Fact]
    public Task Uncached_ComparerBehindAnInterface() => ServedUncachedAsync<IReadOnlyDictionary<string, int>>(
        () => new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 }, (expected, actual) => Assert.Equal(1, actual["A"]));

    [Fact]
    public Task Uncached_ComparerInsideAWrapper() => ServedUncachedAsync<IReadOnlyDictionary<string, int>>(
        () => new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 }.AsReadOnly(), (expected, actual) => Assert.Equal(1, actual["A"]));

    [Fact]
    public Task Uncached_ComparerInsideAWrapperOfASet() => ServedUncachedAsync<ISet<string>>(
        () => new System.Collections.ObjectModel.ReadOnlySet<string>(new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "a" }), (expected, actual) => Assert.Contains("A", actual));

    [Fact]
    public Task Uncached_ComparerOfASortedSet() => ServedUncachedAsync(() => new SortedSet<int>(Comparer<int>.Create((left, right) => right.CompareTo(left))) { 1, 2 });

    [Fact]
    public Task ReadEqualsLoaded_Json() => KeptAsync(() => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>("""{ "a": 1 }""")!, same: (left, right) => Assert.Equal(left["a"].ToString(), right["a"].ToString()));

    [Fact]
    public Task Uncached_Cycle() => ServedUncachedAsync(
        () =>
        {
            var tree = new Zoo.Tree { Name = "a" };
            tree.Next = tree;
            return tree;
        },
        (expected, actual) => Assert.Same(actual, actual.Next));

    [Fact]
    public Task Uncached_Comparer() => ServedUncachedAsync(
        () => new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 }, (expected, actual) => Assert.Equal(1, actual["A"]));

    [Fact]
    public Task Uncached_HalfASurrogatePair() => ServedUncachedAsync(() => "a\ud800b");

    [Fact]
    public Task ReadEqualsLoaded_OrdinalComparer() => KeptAsync(() => new Dictionary<string, int>(StringComparer.Ordinal) { ["a"] = 1 });

    /// <summary>A context given by the application decides how a type is written; what it leaves out is refused all the same.</summary>
    [Fact]
    public async Task Refused_FieldThatTheContextLeavesOut()
    {
        await using var node = await Node.StartAsync(null, options => options.Json = ZooContext.Default.Options);
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(async () => await node.Cache.SetAsync("zoo:1", new Zoo.Fields()));
        Assert.Contains("IncludeFields", exception.Message, StringComparison.Ordinal);
        await node.Cache.SetAsync("zoo:2", new Zoo.Child { Number = 1, More = "x" });
        SameValue.Assert(new Zoo.Child { Number = 1, More = "x" }, (await node.Cache.TryGetAsync<Zoo.Child>("zoo:2")).Value);
    }

    /// <summary>Options without a resolver are completed, and checked like the default ones.</summary>
    [Fact]
    public async Task GivenOptions_WithoutResolver_AreUsed()
    {
        await using var node = await Node.StartAsync(null, options => options.Json = new JsonSerializerOptions { IncludeFields = true });
        await node.Cache.SetAsync("zoo:1", (1, "x"));
        Assert.Equal((1, "x"), (await node.Cache.TryGetAsync<(int, string)>("zoo:1")).Value);
    }

    /// <summary>The shape of a type that is written in another way than before is another one, so that its old frames are misses.</summary>
    [Theory]
    [InlineData(typeof((int, string)))]
    [InlineData(typeof((int, string)?))]
    [InlineData(typeof(Zoo.Fields))]
    [InlineData(typeof(Zoo.Animal))]
    public void Shape_FieldsIncluded_Changes(Type type)
    {
        Assert.NotEqual(ShapeOf(type, includeFields: false), ShapeOf(type, includeFields: true));
    }

    [Theory]
    [InlineData(typeof(int?))]
    [InlineData(typeof(Zoo.Child))]
    [InlineData(typeof(Zoo.ByConstructor))]
    public void Shape_WithoutFields_StaysTheSame(Type type)
    {
        Assert.Equal(ShapeOf(type, includeFields: false), ShapeOf(type, includeFields: true));
    }

    private static string ShapeOf(Type type, bool includeFields)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { IncludeFields = includeFields, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        return Internal.Values.JsonShape.Describe(options.GetTypeInfo(type), options);
    }
}

[JsonSerializable(typeof(Zoo.Fields))]
[JsonSerializable(typeof(Zoo.Child))]
internal sealed partial class ZooContext : JsonSerializerContext;
