using HotShelf.Caching.Generators.Tests.Fakes;

namespace HotShelf.Caching.Generators.Tests.Behaviour;

[CachedService]
public interface ILabels
{
    [Cached("label:{id}", Tags = ["{result}"])]
    ValueTask<string> FindAsync(int id);

    [Invalidates(Tags = ["{label}"])]
    Task RenameAsync(string label);
}

public sealed class Labels : ILabels
{
    public ValueTask<string> FindAsync(int id) => new(id == 0 ? "" : "top");

    public Task RenameAsync(string label) => Task.CompletedTask;
}

/// <summary>Tags that consist of a value, which may be empty: a tag may not.</summary>
public class EmptyTagTests
{
    [Fact]
    public async Task TagOfAnEmptyValue_IsATagLikeAnother()
    {
        var cache = new RecordingCache();
        ILabels labels = new CachedLabels(new Labels(), cache);
        await labels.FindAsync(0);
        await labels.FindAsync(1);
        Assert.Equal(["%empty"], cache.TagsOf("label:0"));
        Assert.Equal(["top"], cache.TagsOf("label:1"));
        cache.Events.Clear();
        await labels.RenameAsync("");
        await labels.RenameAsync("top");
        Assert.Equal(["remove-tag %empty", "remove-tag top"], cache.Events);
    }
}
