namespace HotShelf.Caching.Internal.Flights;

/// <summary>A caller's loader.</summary>
internal abstract class Loader<T>
{
    public abstract ValueTask<T> LoadAsync(CacheFillContext context, CancellationToken cancellationToken);
}

internal sealed class PlainLoader<TState, T>(TState state, Func<TState, CancellationToken, ValueTask<T>> factory) : Loader<T>
{
    public override ValueTask<T> LoadAsync(CacheFillContext context, CancellationToken cancellationToken) => factory(state, cancellationToken);
}

internal sealed class ContextLoader<TState, T>(TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory) : Loader<T>
{
    public override ValueTask<T> LoadAsync(CacheFillContext context, CancellationToken cancellationToken) => factory(context, state, cancellationToken);
}
