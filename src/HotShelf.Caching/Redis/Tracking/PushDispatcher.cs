using System.Buffers;
using System.Text;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// Follows one push at a time, token by token, and tells the handler what it says. Tracking sends <c>&gt;2 $10 invalidate *n key...</c>,
/// or <c>&gt;2 $10 invalidate _</c> when everything changed; other pushes are passed over. A key is told while the rest of its push is still under way,
/// so that the longest list needs no more memory than its longest key, and no allocation at all.
/// </summary>
internal sealed class PushDispatcher(ITrackingHandler? handler)
{
    private const int StackLength = 512;
    private State _state;

    private enum State
    {
        Outside,
        Kind,
        Body,
        Keys,
        Passing,
    }

    /// <summary>Takes the next token of a push, its head first.</summary>
    /// <exception cref="HandlerFailedException">The handler threw.</exception>
    public void Take(in RespToken token)
    {
        try
        {
            _state = Next(token);
        }
        catch (Exception exception)
        {
            throw new HandlerFailedException(exception);
        }

        if (token.EndsFrame)
            _state = State.Outside;
    }

    private State Next(in RespToken token)
    {
        switch (_state)
        {
            case State.Outside:
                return State.Kind;
            case State.Kind:
                return token.Kind is RespKind.BulkString or RespKind.SimpleString && Is(token.Value, "invalidate"u8) ? State.Body : State.Passing;
            case State.Body when token.Kind is RespKind.Null:
                handler?.OnFlushed();
                return State.Passing;
            case State.Body:
                return token.Kind is RespKind.Array ? State.Keys : State.Passing;
            case State.Keys:
                // A key too long to keep cannot be one of ours: the cache's own limit on key length is far lower.
                if (token.Kind is RespKind.BulkString && !token.IsSkipped)
                    Tell(token.Value);
                return State.Keys;
            default:
                return State.Passing;
        }
    }

    private void Tell(in ReadOnlySequence<byte> key)
    {
        if (handler is null)
            return;
        if (key.IsSingleSegment)
        {
            handler.OnInvalidated(key.FirstSpan);
            return;
        }

        var length = (int)key.Length;
        var rented = length > StackLength ? ArrayPool<byte>.Shared.Rent(length) : null;
        var copy = rented is null ? stackalloc byte[StackLength] : rented;
        try
        {
            key.CopyTo(copy);
            handler.OnInvalidated(copy[..length]);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool Is(in ReadOnlySequence<byte> value, ReadOnlySpan<byte> word)
    {
        if (value.IsSingleSegment)
            return Ascii.EqualsIgnoreCase(value.FirstSpan, word);
        Span<byte> copy = stackalloc byte[16];
        if (value.Length > copy.Length)
            return false;
        value.CopyTo(copy);
        return Ascii.EqualsIgnoreCase(copy[..(int)value.Length], word);
    }
}
