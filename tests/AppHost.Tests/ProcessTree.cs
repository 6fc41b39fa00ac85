using System.Text;

namespace HotShelf.AppHostTests;

/// <summary>Finds every process that was started, directly or not, with a mark in its environment.</summary>
internal static class ProcessTree
{
    public const string Variable = "HOTSHELF_TEST_MARK";

    public static string[] With(string mark) =>
        [.. Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0]) && EnvironmentOf(d).Contains($"{Variable}={mark}", StringComparison.Ordinal))
            .Select(d => $"{Path.GetFileName(d)} {CommandOf(d)}")];

    /// <summary>Empty when no such process is left within the limit; else what is left.</summary>
    public static async Task<string[]> GoneAsync(string mark, TimeSpan limit)
    {
        var since = TimeProvider.System.GetTimestamp();
        string[] left;
        while ((left = With(mark)).Length > 0 && TimeProvider.System.GetElapsedTime(since) < limit)
            await Task.Delay(50);
        return left;
    }

    public static string CommandOf(string directory) => Read(Path.Combine(directory, "cmdline")).Replace('\0', ' ');

    private static string EnvironmentOf(string directory) => Read(Path.Combine(directory, "environ"));

    private static string Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It ended in this moment, or is another user's.
            return "";
        }
    }
}
