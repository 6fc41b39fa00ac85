using System.Text.RegularExpressions;

namespace HotShelf.Architecture.Tests;

/// <summary>What commands and other code of the documents name is there: files, tests, resources, options, variables, metrics, names of the source.</summary>
public sealed partial class CommandsTests
{
    /// <summary>Made by the commands, or by programs that are not ours.</summary>
    private static readonly string[] s_made = ["/secrets", "AppHost/infra"];

    /// <summary>Verbs of Aspire.Cli that were tried on the running system.</summary>
    private static readonly string[] s_aspireVerbs = ["describe", "do", "logs", "mcp", "otel", "ps", "resource", "run", "stop", "wait"];

    private static readonly Lazy<HashSet<string>> s_words = new(static () =>
        [.. Repository.Files.Where(static file => Path.GetExtension(file) is ".cs" or ".razor" or ".yml" or ".yaml" or ".sh" or ".json" or ".props" or ".targets" or "" && !file.StartsWith("tests/Architecture.Tests/", StringComparison.Ordinal))
            .SelectMany(static file => Word().Matches(Repository.Read(file)).Select(static word => word.Value))]);

    [Fact]
    public void Paths_InDocuments_Exist() => AssertNone(code =>
        from Match path in RepositoryPath().Matches(code)
        let name = path.Value.StartsWith("components/", StringComparison.Ordinal) ? $"deploy/kubernetes/{path.Value}" : path.Value.StartsWith("compose.", StringComparison.Ordinal) ? $"deploy/compose/{path.Value}" : path.Value
        where !s_made.Any(made => name.Contains(made, StringComparison.Ordinal)) && !Repository.Exists(name.TrimEnd('/', '.'))
        select name);

    [Fact]
    public void Projects_InDocuments_Exist() => AssertNone(code =>
        from Match project in DotNetProject().Matches(code)
        let name = project.Groups[1].Value
        where !Repository.Exists(name)
        select name);

    [Fact]
    public void Filters_InDocuments_FindTests() => AssertNone(code =>
        from Match filter in TestFilter().Matches(code)
        let name = filter.Groups[1].Value
        where !Repository.Sources("tests").Any(file => Path.GetFileName(file).StartsWith(name, StringComparison.Ordinal) || Repository.Read(file).Contains($" {name}(", StringComparison.Ordinal))
        select name);

    [Fact]
    public void AspireCommands_InDocuments_NameVerbsAndResourcesThatExist()
    {
        var host = string.Concat(Repository.Sources("AppHost").Select(Repository.Read));
        var resources = Resource().Matches(host).Select(static match => match.Groups[1].Value).ToHashSet();
        var commands = CommandName().Matches(host).Select(static match => match.Groups[1].Value).Concat(["start", "stop", "restart"]).ToHashSet();
        var families = host.Contains("$\"invalidate-{family}\"", StringComparison.Ordinal);
        AssertNone(code =>
            from Match command in AspireCommand().Matches(code)
            let verb = command.Groups[1].Value
            let resource = command.Groups[2].Value
            let action = command.Groups[3].Value
            where !s_aspireVerbs.Contains(verb)
                || (verb is "logs" or "wait" or "resource" && resource.Length > 0 && !resources.Contains(resource))
                || (verb == "resource" && action.Length > 0 && !commands.Contains(action) && !(families && action.StartsWith("invalidate-", StringComparison.Ordinal)))
            select command.Value);
        Assert.Contains("cacheworker", resources);
        Assert.Contains("warm", commands);
    }

    [Fact]
    public void OptionsOfDev_InDocuments_AreRead()
    {
        var programs = Repository.Read("dev") + string.Concat(Repository.Sources("bench").Select(Repository.Read));
        AssertNone(code =>
            from Match call in DevOption().Matches(code)
            where !programs.Contains(call.Groups[1].Value, StringComparison.Ordinal)
            select call.Value);
    }

    [Fact]
    public void Variables_InDocuments_AreRead() => AssertNone(code =>
        from Match variable in Variable().Matches(code)
        where !s_words.Value.Contains(variable.Value)
        select variable.Value);

    [Fact]
    public void Metrics_InDocuments_AreInTheirTable()
    {
        var table = Repository.Read("docs/metrics.md") + Repository.Read("src/HotShelf.Caching.Postgres/README.md");
        AssertNone(code =>
            from Match metric in Metric().Matches(code)
            where !table.Contains(metric.Value, StringComparison.Ordinal)
            select metric.Value);
    }

    /// <summary>Names of log events, options, types and alerts stand somewhere in the source.</summary>
    [Fact]
    public void Names_InDocuments_AreThoseOfTheSource()
    {
        string[] ofOthers = ["bench/README.md", "docs/azd.md", "docs/migrating.md", "docs/declarative-caching.md", "docs/recipes.md"];
        AssertNone(code =>
            from Match name in PascalName().Matches(code)
            where !s_words.Value.Contains(name.Value)
            select name.Value, document => !ofOthers.Contains(document));
    }

    private static void AssertNone(Func<string, IEnumerable<string>> wrong, Func<string, bool>? of = null) =>
        Assert.Empty(
            from document in Documents().Where(of ?? (static _ => true))
            from code in Code(document)
            from error in wrong(code)
            select $"{document}: {error}");

    /// <summary>Those that are read as a guide. The changelog names what is gone.</summary>
    private static IEnumerable<string> Documents() => Repository.With(".md")
        .Where(static file => file is "README.md" or "deploy/README.md" or "bench/README.md" || (file.StartsWith("docs/", StringComparison.Ordinal) && file.Count(static c => c == '/') == 1 && file != "docs/CHANGELOG.md"));

    /// <summary>Lines of shell blocks and of indented blocks, and what stands in code marks.</summary>
    private static IEnumerable<string> Code(string document)
    {
        var text = Repository.Read(document);
        foreach (Match block in Block().Matches(text))
        {
            if (block.Groups[1].Value is "sh" or "bash" or "console")
            {
                foreach (var line in block.Groups[2].Value.Split('\n'))
                    yield return line;
            }
        }

        foreach (Match code in InlineOrIndented().Matches(Block().Replace(text, "")))
            yield return code.Groups[1].Value + code.Groups[2].Value;
    }

    [GeneratedRegex("^```([a-z]*)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`\n]+)`|^    (\\S.*)$", RegexOptions.Multiline)]
    private static partial Regex InlineOrIndented();

    [GeneratedRegex(@"(?<![\w/.:-])(?:(?:deploy|docs|tests|src|bench|\.ci|\.config|AppHost|ProductApi|CacheWorker|CacheConsole|Catalog|components)/[\w./-]+|compose\.[\w-]+\.yaml)")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"(?:dotnet (?:run|user-secrets)\b.*--project|dotnet (?:test|build|publish|format)) (?!-)([\w./-]+)")]
    private static partial Regex DotNetProject();

    [GeneratedRegex(@"--filter ""?(\w+)")]
    private static partial Regex TestFilter();

    [GeneratedRegex(@"dotnet aspire ([a-z]+)(?: ([a-z]+))?(?: ([a-z-]+))?")]
    private static partial Regex AspireCommand();

    [GeneratedRegex(@"\.Add\w+(?:<[^>]+>)?\(""([a-z-]+)""")]
    private static partial Regex Resource();

    [GeneratedRegex(@"commandName: ""([a-z-]+)""")]
    private static partial Regex CommandName();

    [GeneratedRegex(@"\./dev (?:load|run|bench) (--[a-z]+)")]
    private static partial Regex DevOption();

    [GeneratedRegex(@"\bHOTSHELF_[A-Z_]+\b")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\bhotshelf_(?:audit|cache|catalog|feed|postgres|redis|warming)_[a-z0-9_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"(?<![\w.{<:-])[A-Z][a-z]+(?:[A-Z][a-z0-9]*)+(?![\w.])")]
    private static partial Regex PascalName();

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_]+")]
    private static partial Regex Word();
}
