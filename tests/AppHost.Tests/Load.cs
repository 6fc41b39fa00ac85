using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HotShelf.AppHostTests;

/// <summary>Eight callers that read products until it is disposed: a load, not a flood, so that the test is not what keeps the system from coming back.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _callers;
    private int _answered;

    public Load(HotShelfApplication shelf, int firstProduct, int products) =>
        _callers = Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(() => CallAsync(shelf, caller, firstProduct, products))));

    public int Answered => Volatile.Read(ref _answered);

    /// <summary>What was answered other than 200, or broke.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Returns when that many more reads were answered.</summary>
    public Task AnswersAsync(int count)
    {
        var goal = Answered + count;
        return TestServers.Until.TrueAsync(() => Answered >= goal, $"{count} more answers", seconds: 60);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _callers;
        _stopping.Dispose();
    }

    private async Task CallAsync(HotShelfApplication shelf, int caller, int firstProduct, int products)
    {
        for (var i = 0; !_stopping.IsCancellationRequested; i++)
        {
            try
            {
                using var answer = await GetAsync(shelf, new Uri($"/products/{firstProduct + (((caller * 37) + i) % products)}", UriKind.Relative));
                if (answer.StatusCode is not HttpStatusCode.OK)
                    Failures.Enqueue($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(shelf.Limit)}");
                Interlocked.Increment(ref _answered);
            }
            catch (HttpRequestException exception)
            {
                Failures.Enqueue($"{exception.Message} {exception.InnerException?.Message}");
            }

            await Task.Delay(5, CancellationToken.None);
        }
    }

    // A kept connection that carried no answer while its process stopped was not told, and is reset when a request meets its end: a GET may be sent again (RFC 9110 section 9.2.2), as any proxy does.
    private static async Task<HttpResponseMessage> GetAsync(HotShelfApplication shelf, Uri path)
    {
        try
        {
            return await shelf.Client.GetAsync(path, shelf.Limit);
        }
        catch (HttpRequestException exception) when (exception.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return await shelf.Client.GetAsync(path, shelf.Limit);
        }
    }
}
