using System.Text;

namespace Aspire.Hosting.Local;

/// <summary>Splits a command line the way a shell does: quotes, backslashes, <c>$NAME</c> and <c>${NAME}</c>; nothing is executed.</summary>
internal static class ShellWords
{
    public static List<string> Split(string line, IReadOnlyDictionary<string, string> variables)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var started = false;
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (started)
                    words.Add(word.ToString());
                word.Clear();
                started = false;
                continue;
            }

            started = true;
            if (c == '\\' && quote != '\'' && i + 1 < line.Length)
                word.Append(line[++i]);
            else if (quote == '\0' && c is '"' or '\'' && quote == '\0')
                quote = c;
            else if (c == quote)
                quote = '\0';
            else if (c == '$' && quote != '\'')
                i = AppendVariable(line, i, variables, word);
            else
                word.Append(c);
        }

        if (quote != '\0')
            throw new FormatException($"The command line has no end of a quotation that begins with {quote}.");
        if (started)
            words.Add(word.ToString());
        return words;
    }

    private static int AppendVariable(string line, int at, IReadOnlyDictionary<string, string> variables, StringBuilder word)
    {
        var braced = at + 1 < line.Length && line[at + 1] == '{';
        var start = at + (braced ? 2 : 1);
        var end = start;
        while (end < line.Length && (char.IsAsciiLetterOrDigit(line[end]) || line[end] == '_'))
            end++;
        if (end == start)
        {
            word.Append('$');
            return at;
        }

        word.Append(variables.GetValueOrDefault(line[start..end], ""));
        return braced && end < line.Length && line[end] == '}' ? end : end - 1;
    }
}
