using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using HotShelf.CacheConsole.Hosting;
using HotShelf.CacheConsole.Security;

namespace HotShelf.CacheConsole.Tests.Shell;

public sealed partial class DocumentationTests
{
    [Fact]
    public void Settings_Documented_AreThoseThatThereAre()
    {
        var document = File.ReadAllText(Path.Combine(Root(), "docs", "configuration.md")).Split("\n## CacheConsole\n")[1];
        var documented = document.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).SelectMany(line => Setting().Matches(line.Split('|')[1])).Select(key => key.Groups[1].Value);
        var existing = Keys<CacheConsoleOptions>(CacheConsoleOptions.SectionName)
            .Concat(Keys<FrontendOptions>(FrontendOptions.SectionName));
        Assert.Equal(existing.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Keys<T>(string section) => typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => $"{section}:{property.Name}");

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));

    [GeneratedRegex("`(CacheConsole:[^`]+)`")]
    private static partial Regex Setting();
}
