using System.Buffers;
using System.Text;
using HotShelf.Caching.Redis.Tracking;

namespace HotShelf.Caching.Tests.Tracking;

public class PushDispatcherTests
{
    [Theory]
    [InlineData(">2\r\n$10\r\ninvalidate\r\n*2\r\n$2\r\nk1\r\n$0\r\n\r\n", "k1|")]
    [InlineData(">2\r\n$10\r\ninvalidate\r\n_\r\n", RecordingHandler.Flushed)]
    [InlineData(">2\r\n$10\r\ninvalidate\r\n*-1\r\n", RecordingHandler.Flushed)]
    [InlineData(">2\r\n$10\r\ninvalidate\r\n*0\r\n>2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n", "k")]
    [InlineData(">3\r\n$7\r\nmessage\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", null)]
    [InlineData(">2\r\n$10\r\ninvalidate\r\n$1\r\nk\r\n", null)]
    [InlineData(">2\r\n*1\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", null)]
    [InlineData(">0\r\n>1\r\n_\r\n", null)]
    public void Take_Push_CallsTheHandler(string input, string? expected)
    {
        var handler = new RecordingHandler();
        var bytes = Encoding.Latin1.GetBytes(input);
        Dispatch(handler, new ReadOnlySequence<byte>(bytes), new RespReader());
        Dispatch(handler, RespFeed.ToSequence(bytes.Select(value => new[] { value })), new RespReader());
        Assert.Equal(expected is null ? [] : Enumerable.Repeat(expected.Split('|'), 2).SelectMany(keys => keys), handler.All);
    }

    [Fact]
    public void Take_KeyTooLong_OthersAreReported()
    {
        var handler = new RecordingHandler();
        var bytes = Encoding.Latin1.GetBytes(">2\r\n$10\r\ninvalidate\r\n*3\r\n$1\r\na\r\n$20\r\n01234567890123456789\r\n$1\r\nb\r\n");
        Dispatch(handler, new ReadOnlySequence<byte>(bytes), new RespReader(maxStringLength: 19));
        Assert.Equal(["a", "b"], handler.All);
    }

    [Fact]
    public void Take_ThousandKeys_NothingIsAllocated()
    {
        var keys = string.Concat(Enumerable.Range(0, 1000).Select(i => $"${i % 700 + 4}\r\nk{i:000}{new string('x', i % 700)}\r\n"));
        var bytes = Encoding.Latin1.GetBytes($">2\r\n$10\r\ninvalidate\r\n*1000\r\n{keys}");
        var whole = new ReadOnlySequence<byte>(bytes);
        var pieces = RespFeed.ToSequence(bytes.Chunk(97));
        var handler = new CountingHandler();
        var (reader, dispatcher) = (new RespReader(), new PushDispatcher(handler));
        // The least of several rounds: once in a while the runtime itself allocates, for a method compiled anew or a pool that a collection emptied.
        var least = Enumerable.Range(0, 20).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Dispatch(dispatcher, whole, reader);
            Dispatch(dispatcher, pieces, reader);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.Equal(0, least);
        Assert.Equal(20 * 2000, handler.Count);
    }

    private static void Dispatch(ITrackingHandler handler, ReadOnlySequence<byte> buffer, RespReader reader) =>
        Dispatch(new PushDispatcher(handler), buffer, reader);

    private static void Dispatch(PushDispatcher dispatcher, ReadOnlySequence<byte> buffer, RespReader reader)
    {
        while (reader.TryRead(ref buffer, out var token))
            dispatcher.Take(token);
    }

    private sealed class CountingHandler : ITrackingHandler
    {
        public int Count { get; private set; }

        public void OnInvalidated(ReadOnlySpan<byte> key) => Count++;

        public void OnEstablished() => throw new NotSupportedException();

        public void OnFlushed() => throw new NotSupportedException();

        public void OnLost() => throw new NotSupportedException();

        public void OnRefused(string reason) => throw new NotSupportedException();
    }
}
