namespace HotShelf.ServiceDefaults.Health;

/// <summary>
/// The command <c>probe</c>: asks a process for its health and says it by exit code. Container engines that cannot ask by HTTP themselves run it in
/// the container (<c>dotnet ProductApi.dll probe http://127.0.0.1:8080/ready</c>), so that an image needs neither a shell nor curl.
/// </summary>
public static class HealthProbe
{
    /// <summary>The first argument that asks for it.</summary>
    public const string Command = "probe";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    /// <summary>Asks once. 0: the answer was 2xx; 1: it was another, or there was none; 2: the arguments are wrong.</summary>
    /// <param name="args">The command and an absolute address.</param>
    public static int Run(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args is not [Command, var text] || !Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttp)
        {
            Console.Error.WriteLine($"usage: {Command} http://host:port/path");
            return 2;
        }

        // Not through a proxy that the environment may name: it is the process beside this one that is asked.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = s_limit }) { Timeout = s_limit };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using var answer = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
            Console.WriteLine($"{address} answered {(int)answer.StatusCode}");
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            Console.WriteLine($"{address} did not answer: {failure.Message}");
            return 1;
        }
    }
}
