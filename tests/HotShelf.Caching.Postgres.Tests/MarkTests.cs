using HotShelf.Caching.Postgres.Internal;
using HotShelf.TestServers;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>Transactions with a <see cref="ChangeMark"/>, whose writer removes tags itself.</summary>
[Collection(nameof(FeedServer))]
public class MarkTests(FeedServer server)
{
    private static readonly TableMapping s_table = new TableMapping<Item>("items", ["item"], null, null);

    [ServersFact]
    public async Task Tag_OfAMarkedTransactionThatItsWriterRemoved_IsNotRemovedAgain()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, redis: redis.ConnectionString, remoteTimeout: TimeSpan.FromSeconds(10));
        var mark = ChangeMark.Create();
        await host.Cache.RemoveByTagAsync(["category:a"], mark);
        await host.ReadAsync("list:a", "list", "category:a");
        await ChangeAsync(1, mark);
        Assert.True(await host.IsCachedAsync("list:a"));
        // Another one that it did not remove, in a transaction of the same kind.
        await ChangeAsync(2, ChangeMark.Create());
        Assert.False(await host.IsCachedAsync("list:a"));
        // What is too long for a mark is none.
        await host.ReadAsync("list:a", "list", "category:a");
        await ChangeAsync(3, new string('x', 5_000));
        Assert.False(await host.IsCachedAsync("list:a"));

        async Task ChangeAsync(int id, string mark)
        {
            await database.ExecuteAsync($"begin; update items set name = 'x' where id = {id}; {ChangeMark.Sql.Replace("$1", $"'{mark}'", StringComparison.Ordinal)}; commit");
            await Until.TrueAsync(() => host.Removed.Contains($"item:{id}"));
        }
    }

    [Fact]
    public void Marks_OfABatch_AreAllOrNone()
    {
        Assert.Equal(["a", "b"], Batch("a", "b").Marks);
        Assert.Empty(Batch("a", null, "b").Marks);
        Assert.Equal(16, Batch([.. Enumerable.Range(0, 16).Select(i => $"{i}")]).Marks.Count);
        Assert.Empty(Batch([.. Enumerable.Range(0, 17).Select(i => $"{i}")]).Marks);
    }

    [Fact]
    public void Mark_OfATransactionWithoutChanges_DoesNotCount()
    {
        var batch = Batch("a");
        batch.Add(new ReceivedTransaction(9, null), default, 1, _ => { });
        Assert.Equal(["a"], batch.Marks);
    }

    private static PendingChanges Batch(params string?[] marks)
    {
        var batch = new PendingChanges();
        foreach (var (i, mark) in marks.Index())
        {
            var transaction = new ReceivedTransaction((uint)i, null) { Mark = mark };
            transaction.ChangesOf(s_table, 100);
            batch.Add(transaction, default, 1, _ => { });
        }

        return batch;
    }
}
