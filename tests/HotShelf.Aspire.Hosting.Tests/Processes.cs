using System.Globalization;

namespace HotShelf.Aspire.Hosting.Tests;

/// <summary>What /proc says of running processes.</summary>
internal static class Processes
{
    /// <summary>The ids of all processes with <paramref name="text"/> in their arguments.</summary>
    public static IReadOnlyList<int> With(string text) => [.. All().Where(process => process.Arguments.Contains(text, StringComparison.Ordinal)).Select(process => process.Id)];

    private static IEnumerable<(int Id, string Arguments)> All()
    {
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            string arguments;
            try
            {
                arguments = File.ReadAllText($"{folder}/cmdline").Replace('\0', ' ');
            }
            catch (IOException)
            {
                continue; // It has ended.
            }

            yield return (int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), arguments);
        }
    }
}
