using System.Globalization;
using System.Text.RegularExpressions;

namespace HotShelf.Architecture.Tests;

/// <summary>Rules that the compiler does not know.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] s_folders = ["AppHost", "CacheWorker", "Catalog", "CacheConsole", "ProductApi", "ServiceDefaults", "src"];

    [Fact]
    public void EventIds_InAProject_AreUsedOnce()
    {
        var twice =
            from file in Repository.With(".cs")
            where !file.StartsWith("tests/", StringComparison.Ordinal)
            from Match message in LoggerMessage().Matches(Repository.Read(file))
            let id = EventId(file, message.Groups[1].Value)
            where id is not null
            group file by (Project: Repository.ProjectOf(file), Id: id) into uses
            where uses.Count() > 1
            select $"{uses.Key.Project}: event id {uses.Key.Id} in {string.Join(", ", uses)}";
        Assert.Empty(twice);
    }

    [Fact]
    public void EventNames_EveryLogMessage_HasOne()
    {
        var nameless =
            from folder in s_folders
            from file in Repository.Sources(folder)
            from Match message in LoggerMessageAttribute().Matches(Repository.Read(file))
            where !message.Value.Contains("EventName", StringComparison.Ordinal)
            select $"{file}: {message.Value}";
        Assert.Empty(nameless);
    }

    [Fact]
    public void Options_EveryMember_IsReadSomewhere()
    {
        var unread =
            from folder in s_folders
            from file in Repository.Sources(folder)
            where file.EndsWith("Options.cs", StringComparison.Ordinal)
            from Match property in OptionProperty().Matches(Repository.Read(file))
            let name = property.Groups[1].Value
            where !ReadSomewhere(file, name)
            select $"{file}: {name}";
        Assert.Empty(unread);
    }

    [Fact]
    public void Files_NameNoFolderOfOneMachine()
    {
        var wrong =
            from file in Repository.Files
            where Path.GetExtension(file) is ".cs" or ".csproj" or ".props" or ".targets" or ".md" or ".json" or ".yml" or ".yaml" or ".razor" or ".js" or ".css" or ".sql" or ".http" or ".slnx" or ""
            where !file.StartsWith("tests/Architecture.Tests/", StringComparison.Ordinal)
            from line in Repository.Read(file).Split('\n')
            where MachinePath().IsMatch(line)
            select $"{file}: {line.Trim()}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void ShippedCode_HoldsNothingUnfinished()
    {
        var wrong =
            from folder in s_folders
            from file in Repository.Sources(folder)
            where Unfinished().IsMatch(Repository.Read(file))
            select file;
        Assert.Empty(wrong);
    }

    [Fact]
    public void Files_AreHardlyEverLong()
    {
        var longer = Repository.With(".cs")
            .Select(file => (file, Lines: Repository.Read(file).Count(c => c == '\n')))
            .Where(item => item.Lines > 500)
            .Select(item => $"{item.file}: {item.Lines} lines");
        Assert.Empty(longer);
    }

    /// <summary>The number, also when the attribute names a constant of the same project.</summary>
    private static int? EventId(string file, string argument)
    {
        if (int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        var name = argument.Split('.')[^1];
        var project = Repository.ProjectOf(file);
        var constant = Repository.With(".cs").Where(other => Repository.ProjectOf(other) == project)
            .Select(other => Regex.Match(Repository.Read(other), $@"const int {Regex.Escape(name)} = (\d+)"))
            .FirstOrDefault(match => match.Success);
        return constant is null ? null : int.Parse(constant.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    // Validators and the declaration itself do not count: an option that is only checked does nothing.
    private static bool ReadSomewhere(string declaredIn, string name) => s_folders.SelectMany(Repository.Sources)
        .Where(file => file != declaredIn && !file.Contains("Validat", StringComparison.Ordinal))
        .Any(file => Regex.IsMatch(Repository.Read(file), $@"\b{name}\b"));

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?([\w.]+)")]
    private static partial Regex LoggerMessage();

    [GeneratedRegex(@"\[LoggerMessage\((?:[^\[\]""]|""(?:[^""\\]|\\.)*"")*\)\]", RegexOptions.Singleline)]
    private static partial Regex LoggerMessageAttribute();

    [GeneratedRegex(@"^    public (?!const|static|override)[\w<>,?\[\]. ]+ (\w+) \{ get;", RegexOptions.Multiline)]
    private static partial Regex OptionProperty();

    [GeneratedRegex("""(?<![\w.$}])/(?:root|home/\w+|work|Users/\w+)/""")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException")]
    private static partial Regex Unfinished();
}
