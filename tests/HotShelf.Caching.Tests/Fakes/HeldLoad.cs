namespace HotShelf.Caching.Tests.Fakes;

/// <summary>A loader that waits until the test releases it.</summary>
/// <param name="value">What it then returns.</param>
/// <param name="heeds">Whether it ends when it is cancelled.</param>
internal sealed class HeldLoad(string value = "loaded", bool heeds = true)
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Started => _started.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsCanceled { get; private set; }

    public async ValueTask<string> RunAsync(CancellationToken cancellationToken)
    {
        _started.TrySetResult();
        try
        {
            await Release.Task.WaitAsync(heeds ? cancellationToken : CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            IsCanceled = true;
            throw;
        }

        return value;
    }
}
