using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Tags;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>Single flight within the process: concurrent misses of a key share one flight, and each caller can cancel without affecting the others.</summary>
internal sealed partial class Fills
{
    /// <param name="key">The key.</param>
    /// <param name="family">Its family.</param>
    /// <param name="loader">Loads the value.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="tags">Tags known before the load.</param>
    /// <param name="cancellationToken">Cancels this caller's wait.</param>
    /// <param name="until">Until when the steps before the load wait for Redis; 0 for RemoteTimeout from now.</param>
    public ValueTask<T> JoinAsync<T>(string key, FamilyState family, Loader<T> loader, in EntrySettings settings, string[] tags, CancellationToken cancellationToken, long until = 0)
    {
        if (settings.MayLoad)
            ThrowIfReentrant(key);
        var origin = OriginOf(tags);
        var flight = _flights.Reads.JoinOrCreate<T>(key, settings.Flags, origin, out var joined);
        if (!joined)
            flight.RemoteUntil = until == 0 ? RemoteLimit() : until;
        return joined
            ? FollowAsync(flight, origin.TagEpoch, family, loader, settings, tags, cancellationToken)
            : LeadAsync(flight, family, ReadRemoteOrFillAsync(flight, family, loader, settings, tags), cancellationToken);
    }

    /// <summary>A loader must not request the key that it is loading: it would wait for its own flight, or its own lease.</summary>
    /// <exception cref="InvalidOperationException">The running loader is loading <paramref name="key"/>.</exception>
    private void ThrowIfReentrant(string key)
    {
        if (LoaderScope.Fills(this, key))
            throw new InvalidOperationException($"A loader of the cache family '{FamilyTable.NameOf(key)}' requests the key that it is loading, directly or through other loaders. It would wait for itself.");
    }

    /// <summary>The caller that started the flight.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
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
        catch (Exception exception) when (IsFailure(exception, cancellationToken))
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
        var until = 0L;
        try
        {
            if (MayJoin(flight, tagEpoch, family))
            {
                var outcome = await flight.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
                // For the check, and for what comes before a load if it does not succeed.
                until = RemoteLimit();
                if (await MayUseAsync(flight, tagEpoch, outcome, until).ConfigureAwait(false))
                    return Read(outcome, joined: true);
            }
        }
        catch (AbsentFromBatchException)
        {
            // The joined batch did not return this key. Load it with this caller's own loader.
        }
        catch (Exception exception) when (IsFailure(exception, cancellationToken))
        {
            family.Counters.Failures.Increment();
            throw;
        }
        finally
        {
            flight.Leave();
        }

        return await JoinAsync(flight.Key, family, loader, settings, tags, cancellationToken, until).ConfigureAwait(false);
    }

    /// <summary>Not that the caller has left. The loader's own cancellation, such as an HttpClient's time-out, is a failure like any other.</summary>
    private static bool IsFailure(Exception exception, CancellationToken cancellationToken) => exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested;

    /// <summary>The longest that the steps before a load, and those after it, wait for Redis. Together no flight waits longer than twice RemoteTimeout.</summary>
    private long RemoteLimit() => CacheClock.Add(_clock.Now, _options.RemoteTimeout);

    private FlightOrigin OriginOf(string[] tags)
    {
        // The epoch first: a removal between the two lines then makes those who join check once more than needed.
        var epoch = _tags.Epoch;
        return new FlightOrigin(epoch, _tags.Position, tags);
    }

    /// <summary>
    /// Whether a caller may wait for a flight that began before it: not when a tag that the flight was given was removed in between. Later callers then do not join it
    /// either. Of a flight that began before the ledger was read for the first time only the result shows that.
    /// </summary>
    private bool MayJoin(Flight flight, int tagEpoch, FamilyState family) =>
        tagEpoch == flight.Origin.TagEpoch || flight.Origin.Position == 0 || _tags.Check(Stamps.At(flight.Origin.Position, flight.Origin.Tags), family.TagFamily(flight.Key)) == TagVerdict.Current || Detach(flight);

    /// <summary>Whether a caller that has waited for a flight may use its result: only the result tells all of its tags.</summary>
    private async ValueTask<bool> MayUseAsync<T>(Flight<T> flight, int tagEpoch, Outcome<T> outcome, long until)
    {
        var entry = outcome.Entry;
        return tagEpoch == flight.Origin.TagEpoch
            || entry.Stamps.Tags is not null && await _tagSync.CheckAsync(entry.Stamps, entry.Key, entry.Family, until).ConfigureAwait(false) == TagVerdict.Current
            || Detach(flight);
    }

    private bool Detach(Flight flight)
    {
        _flights.Remove(flight);
        return false;
    }

    private T Read<T>(in Outcome<T> outcome, bool joined)
    {
        _recorder.Record(outcome.Entry, outcome.Tier, outcome.Result, joined, outcome.Stored);
        return outcome.Entry.Read();
    }
}
