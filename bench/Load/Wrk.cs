using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace HotShelf.Load;

/// <summary>wrk, where it is installed: lighter than our own client, so less of the machine is taken from the server.</summary>
internal static partial class Wrk
{
    public static async Task<Measured?> MeasureAsync(IPEndPoint server, int connections, TimeSpan time, string path, params string[] headers)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("wrk", ["-t1", $"-c{connections}", $"-d{(int)time.TotalSeconds}s", "--latency", .. headers.SelectMany(header => new[] { "-H", header }), $"http://{server}{path}"]) { RedirectStandardOutput = true })!;
            var text = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return Read(text);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Reads what wrk prints. Answers that are errors, connections that broke and requests that were not answered in time have failed.</summary>
    /// <exception cref="InvalidDataException">No request was answered.</exception>
    public static Measured Read(string text)
    {
        var requests = Requests().Match(text) is { Success: true } answered ? double.Parse(answered.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        if (requests == 0)
            throw new InvalidDataException($"wrk got no answer: {text}");
        return new(
            requests, double.Parse(PerSecond().Match(text).Groups[1].Value, CultureInfo.InvariantCulture), Milliseconds(Share("50").Match(text)), Milliseconds(Share("99").Match(text)),
            Failures().Matches(text).Concat(SocketErrors().Matches(text)).SelectMany(match => match.Groups.Values.Skip(1)).Sum(count => long.Parse(count.Value, CultureInfo.InvariantCulture)));
    }

    private static double Milliseconds(Match match) =>
        double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * match.Groups[2].Value switch { "us" => 0.001, "s" => 1000, _ => 1 };

    private static Regex Share(string share) => new($@"{share}%\s+([\d.]+)(us|ms|s)");

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Failures();

    [GeneratedRegex(@"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
    private static partial Regex SocketErrors();
}
