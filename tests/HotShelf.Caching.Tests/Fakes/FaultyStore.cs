using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>The ways in which an operation fails; each takes another path through asynchronous code.</summary>
public enum FaultShape
{
    ThrowsAtOnce,
    FaultedTask,
    FaultsAfterYield,

    /// <summary>The server did what it was asked, and the answer was lost.</summary>
    FaultsAfterWork,
    Hangs,
}

/// <summary>Fails chosen operations in a chosen shape while it is switched on.</summary>
internal sealed class FaultyStore(IRemoteStore inner) : InterceptingStore(inner)
{
    private readonly TaskCompletionSource _never = new();

    public Func<RemoteOperation, bool>? Fails { get; set; }

    public FaultShape Shape { get; set; }

    /// <summary>What it fails with; null for an error that is none of Redis' own.</summary>
    public Exception? Fault { get; set; }

    public int Faults { get; private set; }

    public override bool IsRefusal(Exception failure) => RedisStore.IsRefused(failure);

    protected override Task<T> RunAsync<T>(RemoteOperation operation, string key, Func<Task<T>> call)
    {
        if (Fails?.Invoke(operation) != true)
            return call();
        Faults++;
        var fault = Fault ?? new InvalidOperationException($"{operation} fails as the test wants it");
        return Shape switch
        {
            FaultShape.ThrowsAtOnce => throw fault,
            FaultShape.FaultedTask => Task.FromException<T>(fault),
            FaultShape.FaultsAfterYield => FaultAsync(),
            FaultShape.FaultsAfterWork => WorkThenFaultAsync(),
            _ => HangAsync(),
        };

        async Task<T> FaultAsync()
        {
            await Task.Yield();
            throw fault;
        }

        async Task<T> WorkThenFaultAsync()
        {
            await call();
            throw fault;
        }

        async Task<T> HangAsync()
        {
            await _never.Task;
            throw fault;
        }
    }
}
