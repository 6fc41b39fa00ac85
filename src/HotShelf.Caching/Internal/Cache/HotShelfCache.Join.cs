using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;

namespace HotShelf.Caching.Internal;

/// <summary>Promise 3 in one process: callers who miss together share one flight; each can give up for itself.</summary>
internal sealed partial class HotShelfCache
{
    private ValueTask<T> JoinAsync<T>(string key, FamilyState family, Loader<T> loader, in EntrySettings settings, string[] tags, CancellationToken cancellationToken)
    {
        if (settings.MayLoad)
            ThrowIfOwn(key);
        var flight = _flights.JoinOrCreate<T>(key, settings.Flags, out var joined);
        return joined
            ? FollowAsync(flight, family, loader, settings, tags, cancellationToken)
            : LeadAsync(flight, family, LookInRemoteAsync(flight, family, loader, settings, tags), cancellationToken);
    }

    /// <summary>A loader that asks for the key it fills would wait for itself, here or for its own lease.</summary>
    /// <exception cref="InvalidOperationException">It does.</exception>
    private void ThrowIfOwn(string key)
    {
        if (LoaderScope.Fills(this, key))
            throw new InvalidOperationException($"A loader of the cache family '{FamilyTable.NameOf(key)}' requests the key that it is loading, directly or through other loaders. It would wait for itself.");
    }

    /// <summary>The caller who began a flight. It holds no more than it needs to wait: what the look needs lies in its own, pooled state.</summary>
    private async ValueTask<T> LeadAsync<T>(Flight<T> flight, FamilyState family, ValueTask<Outcome<T>> look, CancellationToken cancellationToken)
    {
        try
        {
            // The caller may leave while the look goes on for those who joined.
            var outcome = look.IsCompleted || !cancellationToken.CanBeCanceled
                ? await look.ConfigureAwait(false)
                : await look.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            return outcome.Entry is null ? await LandAsync(flight, joined: false, cancellationToken).ConfigureAwait(false) : Read(outcome, joined: false);
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

    /// <summary>A caller who came while a flight was under way.</summary>
    private async ValueTask<T> FollowAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags, CancellationToken cancellationToken)
    {
        family.Counters.Joined.Increment();
        try
        {
            return await LandAsync(flight, joined: true, cancellationToken).ConfigureAwait(false);
        }
        catch (AbsentFromBatchException)
        {
            // The batch we joined found nothing under this key: what that means to us only our own loader can say.
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

    private async ValueTask<T> LandAsync<T>(Flight<T> flight, bool joined, CancellationToken cancellationToken) =>
        Read(await flight.Landing.WaitAsync(cancellationToken).ConfigureAwait(false), joined);

    private T Read<T>(in Outcome<T> outcome, bool joined)
    {
        RecordRead(outcome.Entry, outcome.Tier, outcome.Result, joined, outcome.Stored);
        return outcome.Entry.Read();
    }
}
