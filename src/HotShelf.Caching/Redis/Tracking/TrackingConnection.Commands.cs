using System.Globalization;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Commands: one at a time, each answer awaited with a time limit.</summary>
internal sealed partial class TrackingConnection
{
    private readonly Lock _gate = new();
    private Question? _question;
    private Exception? _failure;

    /// <summary>Why the connection ended; read it after <see cref="Completion"/>.</summary>
    public Exception Failure
    {
        get { lock (_gate) return Rethrown(_failure!); }
    }

    /// <summary>Sends a command and awaits its answer. Calls must not overlap.</summary>
    /// <param name="words">The command and its arguments.</param>
    /// <param name="onAnswer">Runs on the reader before it processes the pushes after the answer; not called for an error.</param>
    /// <param name="cancellationToken">Stops waiting; the connection is not usable afterwards.</param>
    /// <exception cref="RedisErrorException">The server answered with an error.</exception>
    /// <exception cref="TimeoutException">No answer within <see cref="TrackingOptions.AnswerTimeout"/>.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<RespValue> ExecuteAsync(string[] words, Action? onAnswer, CancellationToken cancellationToken)
    {
        var question = new Question(onAnswer);
        lock (_gate)
        {
            if (_failure is not null)
                throw Rethrown(_failure);
            if (_question is not null)
                throw new InvalidOperationException("a command is already in progress on this connection");
            _question = question;
        }

        var answer = SendAsync(words, question, cancellationToken);
        // Whoever stops waiting, at the time limit or by cancelling, closes the connection, which fails this task: observe the exception so it is not reported as unobserved.
        _ = answer.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        try
        {
            return await answer.WaitAsync(_options.AnswerTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"no answer to {words[0]} within {_options.AnswerTimeout.TotalSeconds:0.###} s"));
        }
    }

    private async Task<RespValue> SendAsync(string[] words, Question question, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Encode(words).WrittenMemory, cancellationToken).ConfigureAwait(false);
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await question.Answer.Task.ConfigureAwait(false);
    }

    private void Answer(RespValue value)
    {
        Question? question;
        lock (_gate)
        {
            question = _question;
            _question = null;
        }

        var error = value.Kind is RespKind.Error ? RedisErrorException.From(value.Text, _credentials.Password) : null;
        // A server with too many clients, or in protected mode, sends an error before any command and closes the connection.
        if (question is null)
            throw error ?? (Exception)new RespException("the server sent a response without a request");
        if (error is not null)
        {
            question.Answer.TrySetException(error);
            return;
        }

        try
        {
            question.OnAnswer?.Invoke();
        }
        catch (Exception exception)
        {
            question.Answer.TrySetException(exception);
            throw;
        }

        question.Answer.TrySetResult(value);
    }

    private void Fail(Exception failure)
    {
        Question? question;
        lock (_gate)
        {
            _failure ??= failure;
            question = _question;
            _question = null;
        }

        if (question is null)
            return;
        question.Answer.TrySetException(Rethrown(failure));
        // Sending may fail first, and then this task is not awaited.
        _ = question.Answer.Task.Exception;
    }

    private static Exception Rethrown(Exception failure) => failure is RedisErrorException or RespException or HandlerFailedException ? failure : new IOException(failure.Message, failure);

    private sealed class Question(Action? onAnswer)
    {
        public Action? OnAnswer => onAnswer;

        public TaskCompletionSource<RespValue> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
