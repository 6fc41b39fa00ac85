using System.Text.RegularExpressions;

namespace HotShelf.Packages.Tests;

/// <summary>The code of a package's readme, by the section it stands in.</summary>
internal sealed partial class Readme(string package)
{
    private readonly string _text = File.ReadAllText(Path.Combine(PackageFeed.Repository, "src", package, "README.md"));

    /// <summary>The C# program of a section.</summary>
    public string Program(string section) => Assert.Single(Blocks(section, "csharp"));

    /// <summary>The shell commands of a section, without their comments.</summary>
    public IReadOnlyList<string[]> Commands(string section) =>
        [.. Blocks(section, "sh").SelectMany(static block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(static line => line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    private IEnumerable<string> Blocks(string section, string language)
    {
        var start = _text.IndexOf($"\n## {section}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"The readme has no section '{section}'.");
        var end = _text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return Block().Matches(_text[start..(end < 0 ? _text.Length : end)]).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value);
    }

    [GeneratedRegex("^```([a-z]+)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
