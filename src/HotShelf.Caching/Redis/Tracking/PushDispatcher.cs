using System.Buffers;
using System.Text;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// Parses one push at a time, token by token, and calls the handler. Tracking sends <c>&gt;2 $10 invalidate *n key...</c>, or
/// <c>&gt;2 $10 invalidate _</c> when all keys changed; other pushes are ignored. Each key is dispatched before the rest of its push has arrived, so
/// a list of any length needs memory for one key only, and no allocation.
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

    /// <summary>Processes the next token of a push, starting with its head.</summary>
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
                // A key that is too long to keep is not a cache key: MaximumKeyLength is far lower.
                if (token.Kind is RespKind.BulkString && !token.IsSkipped)
                    Dispatch(token.Value);
                return State.Keys;
            default:
                return State.Passing;
        }
    }

    private void Dispatch(in ReadOnlySequence<byte> key)
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
