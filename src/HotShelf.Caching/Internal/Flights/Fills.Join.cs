using HotShelf.Caching.Internal.Families;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>Single flight within the process: concurrent misses of a key share one flight, and each caller can cancel without affecting the others.</summary>
internal sealed partial class Fills
{
    public ValueTask<T> JoinAsync<T>(string key, FamilyState family, Loader<T> loader, in EntrySettings settings, string[] tags, CancellationToken cancellationToken)
    {
        if (settings.MayLoad)
            ThrowIfReentrant(key);
        var flight = _flights.Reads.JoinOrCreate<T>(key, settings.Flags, out var joined);
        return joined
            ? FollowAsync(flight, family, loader, settings, tags, cancellationToken)
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
            return outcome.Entry is null ? await AwaitFlightAsync(flight, joined: false, cancellationToken).ConfigureAwait(false) : Read(outcome, joined: false);
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
    private async ValueTask<T> FollowAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags, CancellationToken cancellationToken)
    {
        family.Counters.Joined.Increment();
        try
        {
            return await AwaitFlightAsync(flight, joined: true, cancellationToken).ConfigureAwait(false);
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

    private async ValueTask<T> AwaitFlightAsync<T>(Flight<T> flight, bool joined, CancellationToken cancellationToken) =>
        Read(await flight.Completion.WaitAsync(cancellationToken).ConfigureAwait(false), joined);

    private T Read<T>(in Outcome<T> outcome, bool joined)
    {
        _recorder.Record(outcome.Entry, outcome.Tier, outcome.Result, joined, outcome.Stored);
        return outcome.Entry.Read();
    }
}
