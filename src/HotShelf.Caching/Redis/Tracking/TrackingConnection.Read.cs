using System.Buffers;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>The reader: dispatches pushes to the handler, and answers to the command that waits for them.</summary>
internal sealed partial class TrackingConnection
{
    private readonly RespReader _reader = new();
    private readonly RespValue.Builder _answer = new();
    private bool _isInAnswer;
    private bool _isInPush;

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var read = await _input.ReadAsync(_closing.Token).ConfigureAwait(false);
                var buffer = read.Buffer;
                Take(ref buffer);
                _input.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                    throw new EndOfStreamException("the server closed the connection");
            }
        }
        catch (Exception exception)
        {
            // Whatever failed (socket, RESP format, handler), changes may have been missed:
            // the listener reports the stream lost and reconnects.
            Fail(exception);
        }
        finally
        {
            await _input.CompleteAsync().ConfigureAwait(false);
        }
    }

    private void Take(ref ReadOnlySequence<byte> buffer)
    {
        while (_reader.TryRead(ref buffer, out var token))
        {
            if (_isInPush || (!_isInAnswer && token.Kind is RespKind.Push))
            {
                _pushes.Take(token);
                _isInPush = !token.EndsFrame;
                continue;
            }

            _isInAnswer = !token.EndsFrame;
            if (_answer.Add(token) is { } answer)
                Answer(answer);
        }
    }
}
