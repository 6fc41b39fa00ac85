using System.Collections.Concurrent;
using StackExchange.Redis;

namespace HotShelf.Caching.Fleet;

/// <summary>Asks the nodes which of them hold a copy.</summary>
internal sealed partial class CacheFleet
{
    private static readonly TimeSpan s_answersWithin = TimeSpan.FromSeconds(1);

    private readonly string _asker = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<long, Question> _questions = new();
    private readonly SemaphoreSlim _subscribing = new(1, 1);
    private long _asked;
    private volatile bool _hearsAnswers;

    public async ValueTask<IReadOnlyList<CacheKeyHolder>> FindHoldersAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        var nodes = (await GetNodesAsync(cancellationToken).ConfigureAwait(false)).Where(node => node.CacheVersion == caching.Value.Version).ToArray();
        if (nodes.Length == 0)
            return [];
        await HearAnswersAsync(cancellationToken).ConfigureAwait(false);
        var number = Interlocked.Increment(ref _asked);
        var question = new Question(nodes.Select(node => node.Id));
        _questions[number] = question;
        try
        {
            await QueryAsync(database => database.Multiplexer.GetSubscriber().PublishAsync(_fleet.Questions, HolderMessages.Question(_asker, number, key)), cancellationToken).ConfigureAwait(false);
            await question.AnsweredByAll.WaitAsync(s_answersWithin, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A node is slow, dead, or may not use the channel. The other answers are still valid.
        }
        finally
        {
            _questions.TryRemove(number, out _);
        }

        return Array.ConvertAll(nodes, node => question.Answers.TryGetValue(node.Id, out var copy)
            ? new CacheKeyHolder(node, copy.State, Until(copy), copy.Reads)
            : new CacheKeyHolder(node, CopyState.Unknown, null, 0));
    }

    private static DateTimeOffset? Until(CopyAnswer copy) =>
        copy.State == CopyState.None || copy.LocalUntil is <= 0 or > 253_402_300_799_999 ? null : DateTimeOffset.FromUnixTimeMilliseconds(copy.LocalUntil);

    private async ValueTask HearAnswersAsync(CancellationToken cancellationToken)
    {
        if (_hearsAnswers)
            return;
        await _subscribing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _hearsAnswers = _hearsAnswers || await TrySubscribeAsync(_fleet.Answers(_asker), Hear, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _subscribing.Release();
        }
    }

    private void Hear(RedisChannel channel, RedisValue message)
    {
        if (HolderMessages.TryReadAnswer(message, out var number, out var node, out var copy) && _questions.TryGetValue(number, out var question))
            question.Hear(node, copy);
    }

    private ValueTask StopAskingAsync() => _hearsAnswers ? UnsubscribeAsync(_fleet.Answers(_asker), Hear) : default;

    private sealed class Question(IEnumerable<string> nodes)
    {
        private readonly HashSet<string> _missing = new(nodes, StringComparer.Ordinal);
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentDictionary<string, CopyAnswer> Answers { get; } = new(StringComparer.Ordinal);

        public Task AnsweredByAll => _answered.Task;

        public void Hear(string node, CopyAnswer copy)
        {
            Answers[node] = copy;
            lock (_missing)
            {
                if (_missing.Remove(node) && _missing.Count == 0)
                    _answered.TrySetResult();
            }
        }
    }
}
