using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Tags;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>Single flight within the process: concurrent misses of a key share one flight, and each caller can cancel without affecting the others.</summary>
internal sealed partial class Fills
{
    public ValueTask<T> JoinAsync<T>(string key, FamilyState family, Loader<T> loader, in EntrySettings settings, string[] tags, CancellationToken cancellationToken)
    {
        if (settings.MayLoad)
            ThrowIfReentrant(key);
        var tagEpoch = _tags.Epoch;
        var flight = _flights.Reads.JoinOrCreate<T>(key, settings.Flags, tagEpoch, out var joined);
        return joined
            ? FollowAsync(flight, tagEpoch, family, loader, settings, tags, cancellationToken)
            : LeadAsync(flight, family, ReadRemoteOrFillAsync(flight, family, loader, settings, tags), cancellationToken);
    }

    /// <summary>A loader must not request the key that it is loading: it would wait for its own flight, or its own lease.</summary>
    /// <exception cref="InvalidOperationException">The running loader is loading <paramref name="key"/>.</exception>
    private void ThrowIfReentrant(string key)
    {
        if (LoaderScope.Fills(this, key))
            throw new InvalidOperationException($"A loader of the cache family '{FamilyTable.NameOf(key)}' requests the key that it is loading, directly or through other loaders. It would wait for itself.");
    }

    /// <summary>The caller that started the flight. Its state is small, because the look-up has its own pooled state.</summary>
    private async ValueTask<T> LeadAsync<T>(Flight<T> flight, FamilyState family, ValueTask<Outcome<T>> look, CancellationToken cancellationToken)
    {
        try
        {
            // The caller may cancel while the look-up continues for the callers that joined.
            var outcome = look.IsCompleted || !cancellationToken.CanBeCanceled
                ? await look.ConfigureAwait(false)
                : await look.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            if (outcome.Entry is null)
                outcome = await flight.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
            return Read(outcome, joined: false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            family.Counters.Failures.Increment();
            throw;
        }
        finally
        {
            flight.Leave();
        }
    }

    /// <summary>A caller that joined a running flight.</summary>
    private async ValueTask<T> FollowAsync<T>(Flight<T> flight, int tagEpoch, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags, CancellationToken cancellationToken)
    {
        family.Counters.Joined.Increment();
        try
        {
            var outcome = await flight.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (await MayUseAsync(flight, tagEpoch, outcome).ConfigureAwait(false))
                return Read(outcome, joined: true);
        }
        catch (AbsentFromBatchException)
        {
            // The joined batch did not return this key. Load it with this caller's own loader.
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            family.Counters.Failures.Increment();
            throw;
        }
        finally
        {
            flight.Leave();
        }

        return await JoinAsync(flight.Key, family, loader, settings, tags, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether a caller that joined a flight may use its result: not when a tag of the result was removed after the flight began and before the caller came. Only the result tells its
    /// tags. Later callers then do not join the flight either.
    /// </summary>
    private async ValueTask<bool> MayUseAsync<T>(Flight<T> flight, int tagEpoch, Outcome<T> outcome)
    {
        var entry = outcome.Entry;
        if (tagEpoch == flight.TagEpoch || entry.Stamps.Tags is not null && await _tagSync.CheckAsync(entry.Stamps, entry.Key, entry.Family).ConfigureAwait(false) == TagVerdict.Current)
            return true;
        _flights.Reads.Remove(flight);
        _flights.Refreshes.Remove(flight);
        return false;
    }

    private T Read<T>(in Outcome<T> outcome, bool joined)
    {
        _recorder.Record(outcome.Entry, outcome.Tier, outcome.Result, joined, outcome.Stored);
        return outcome.Entry.Read();
    }
}
