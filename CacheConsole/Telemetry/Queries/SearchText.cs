namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>
/// What a person types to find something: words that must all occur, in any case; <c>"several words"</c> as they stand; <c>-word</c> must not occur.
/// </summary>
internal sealed class SearchText
{
    private readonly (string Text, bool IsExcluded)[] _words;

    private SearchText((string, bool)[] words) => _words = words;

    public static SearchText Empty { get; } = new([]);

    public bool IsEmpty => _words.Length == 0;

    /// <summary>What a page marks in what was found.</summary>
    public IEnumerable<string> Marked => _words.Where(static word => !word.IsExcluded).Select(static word => word.Text);

    public static SearchText Parse(string? text)
    {
        var words = new List<(string, bool)>();
        var rest = (text ?? "").AsSpan().Trim();
        while (rest.Length > 0)
        {
            var isExcluded = rest is ['-', not ' ', ..];
            if (isExcluded)
                rest = rest[1..];
            var isQuoted = rest[0] == '"';
            if (isQuoted)
                rest = rest[1..];
            var end = rest.IndexOf(isQuoted ? '"' : ' ');
            var word = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..].TrimStart();
            if (word.Length > 0)
                words.Add((word.ToString(), isExcluded));
        }

        return words.Count == 0 ? Empty : new SearchText([.. words]);
    }

    /// <summary>True when every word is found, and no excluded one.</summary>
    /// <param name="item">What is looked through.</param>
    /// <param name="contains">Whether it holds a word.</param>
    public bool Matches<T>(T item, Func<T, string, bool> contains)
    {
        foreach (var (text, isExcluded) in _words)
        {
            if (contains(item, text) == isExcluded)
                return false;
        }

        return true;
    }
}
