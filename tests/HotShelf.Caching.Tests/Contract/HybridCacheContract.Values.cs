using System.ComponentModel;
using System.Text.Json.Serialization;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Contract;

public abstract partial class HybridCacheContract<TBackend>
{
    public class Plain
    {
        public int Number { get; set; }
        public List<string> Names { get; set; } = [];
        public Inner? Inside { get; set; }
        public Dictionary<string, Inner> Map { get; set; } = [];
        public Inner[] Array { get; set; } = [];
    }

    public readonly struct Holder
    {
        public List<int> Numbers { get; init; }
    }

    public sealed class Ring
    {
        public string Name { get; set; } = "";
        public Ring? Next { get; set; }
    }

    public sealed record Immutable(int Id, string Name, DateTimeOffset At);

    public record Open(string Name);

    [ImmutableObject(true)]
    public sealed class Declared
    {
        public List<int> Numbers { get; set; } = [];
    }

    private static Plain MakePlain() => new()
    {
        Number = 1,
        Names = ["a"],
        Inside = new Inner { Text = "in" },
        Map = { ["k"] = new Inner { Text = "map" } },
        Array = [new Inner { Text = "arr" }],
    };

    /// <summary>Each reader gets an object of its own, the loading caller too: a change to it is not seen by others.</summary>
    private async Task NobodySeesAsync<T>(Func<T> make, Action<T> spoil, Func<T, object?> look)
    {
        var key = Key();
        var expected = look(make());
        spoil(await Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(make())));
        for (var i = 0; i < 2; i++)
        {
            var read = await Cache.GetOrCreateAsync(key, NotCalled<T>());
            Assert.Equal(expected, look(read));
            spoil(read);
        }

        key = Key();
        var given = make();
        await Cache.SetAsync(key, given);
        spoil(given);
        Assert.Equal(expected, look((await Cache.TryGetAsync<T>(key)).Value!));
    }

    [RedisFact]
    public Task Mutable_Member_IsNotShared() => NobodySeesAsync(MakePlain, plain => plain.Number = 9, plain => plain.Number);

    [RedisFact]
    public Task Mutable_List_IsNotShared() => NobodySeesAsync(() => new List<string> { "a" }, list => list.Add("b"), list => list.Count);

    [RedisFact]
    public Task Mutable_NestedInList_IsNotShared() => NobodySeesAsync(() => new List<Inner> { new() { Text = "a" } }, list => list[0].Text = "b", list => list[0].Text);

    [RedisFact]
    public Task Mutable_NestedObjects_AreNotShared() => NobodySeesAsync(
        MakePlain,
        plain => (plain.Inside!.Text, plain.Map["k"].Text, plain.Array[0].Text) = ("x", "x", "x"),
        plain => $"{plain.Inside!.Text} {plain.Map["k"].Text} {plain.Array[0].Text}");

    [RedisFact]
    public Task Mutable_Dictionary_IsNotShared() => NobodySeesAsync(() => new Dictionary<string, int> { ["a"] = 1 }, map => map["a"] = 2, map => map["a"]);

    [RedisFact]
    public Task Mutable_Bytes_AreNotShared() => NobodySeesAsync(() => new byte[] { 1 }, bytes => bytes[0] = 2, bytes => bytes[0]);

    [RedisFact]
    public Task Mutable_StructWithReference_IsNotShared() => NobodySeesAsync(() => new Holder { Numbers = [1] }, holder => holder.Numbers.Add(2), holder => holder.Numbers.Count);

    [RedisFact]
    public Task Mutable_SubclassInstance_IsNotShared() => NobodySeesAsync<Inner>(() => new Derived { Text = "a", More = "m" }, inner => inner.Text = "b", inner => inner.Text);

    [RedisFact]
    public Task Mutable_SubclassInside_IsNotShared() => NobodySeesAsync(
        () => new List<Inner> { new Derived { Text = "a", More = "m" } }, list => list[0].Text = "b", list => list[0].Text);

    [RedisFact]
    public Task Mutable_ChainOfItsOwnType_IsNotShared() => NobodySeesAsync(
        () => new Ring { Name = "1", Next = new Ring { Name = "2" } }, ring => ring.Next!.Name = "x", ring => ring.Next!.Name);

    [RedisFact]
    public async Task Cycle_IsServedUncachedAndNeverThrown()
    {
        var key = Key();
        var ring = new Ring { Name = "1" };
        ring.Next = ring;
        Assert.Same(ring, await Cache.GetOrCreateAsync(key, Value(ring)));
        Assert.False((await Cache.TryGetAsync<Ring>(key)).Found);
        await Cache.SetAsync(key, ring);
        Assert.False((await Cache.TryGetAsync<Ring>(key)).Found);
    }

    [RedisFact]
    public async Task Immutable_IsSharedByReaders()
    {
        await SharedAsync("text".PadLeft(30));
        await SharedAsync(new Immutable(1, "a", DateTimeOffset.UnixEpoch));
        await SharedAsync(new Declared { Numbers = [1] });

        async Task SharedAsync<T>(T value)
            where T : class
        {
            var key = Key();
            await Cache.GetOrCreateAsync(key, Value(value));
            await UntilInL1Async(key);
            Assert.Same(await Cache.GetOrCreateAsync(key, NotCalled<T>()), await Cache.GetOrCreateAsync(key, NotCalled<T>()));
        }
    }

    [RedisFact]
    public async Task OpenRecord_MayHaveMutableHeirs_IsNotShared()
    {
        var key = Key();
        await Cache.SetAsync(key, new Open("a"));
        var (one, two) = (await Cache.GetOrCreateAsync(key, NotCalled<Open>()), await Cache.GetOrCreateAsync(key, NotCalled<Open>()));
        Assert.NotSame(one, two);
        Assert.Equal(one, two);
    }

    [RedisFact]
    public async Task GetOrCreate_NotStoredMutableWithoutCopier_IsReadable()
    {
        var none = new Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryOptions { Expiration = TimeSpan.Zero };
        Assert.Equal(["a"], await Cache.GetOrCreateAsync(Key(), _ => ValueTask.FromResult(new HashSet<string> { "a" }), none));
        Assert.Equal([1], (await Cache.GetOrCreateAsync(Key(), _ => ValueTask.FromResult(new Holder { Numbers = [1] }), none)).Numbers);
    }
}

[JsonDerivedType(typeof(Inner), "inner")]
[JsonDerivedType(typeof(Derived), "derived")]
public class Inner
{
    public string Text { get; set; } = "";
}

public class Derived : Inner
{
    public string More { get; set; } = "";
}
