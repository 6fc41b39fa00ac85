using System.Buffers;
using System.Text;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>The answer under construction, in UTF-8; made per scrape, about as large as the last one was.</summary>
internal sealed class TextBuffer(int capacity, bool openMetrics)
{
    private static readonly SearchValues<char> s_labelNameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    private readonly ArrayBufferWriter<byte> _writer = new(capacity);

    public bool OpenMetrics { get; } = openMetrics;

    public ReadOnlyMemory<byte> Written => _writer.WrittenMemory;

    public TextBuffer Append(char ascii)
    {
        _writer.GetSpan(1)[0] = (byte)ascii;
        _writer.Advance(1);
        return this;
    }

    public TextBuffer Append(string text)
    {
        Encoding.UTF8.GetBytes(text, _writer);
        return this;
    }

    public TextBuffer Append(long value)
    {
        value.TryFormat(_writer.GetSpan(24), out var written, default, null);
        _writer.Advance(written);
        return this;
    }

    /// <summary>The shortest text that reads back as the same number; <c>NaN</c>, <c>+Inf</c> and <c>-Inf</c> as both formats spell them.</summary>
    public TextBuffer Append(double value)
    {
        if (double.IsFinite(value))
        {
            value.TryFormat(_writer.GetSpan(32), out var written, "R", System.Globalization.CultureInfo.InvariantCulture);
            _writer.Advance(written);
            return this;
        }

        return Append(double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
    }

    /// <summary>Backslash and line feed are escaped everywhere, double quotes only where <paramref name="quotes"/> says so.</summary>
    public TextBuffer AppendEscaped(string text, bool quotes)
    {
        var rest = text.AsSpan();
        while (rest.Length > 0)
        {
            var at = quotes ? rest.IndexOfAny('\\', '\n', '"') : rest.IndexOfAny('\\', '\n');
            Encoding.UTF8.GetBytes(at < 0 ? rest : rest[..at], _writer);
            if (at < 0)
                break;
            Append('\\').Append(rest[at] == '\n' ? 'n' : rest[at]);
            rest = rest[(at + 1)..];
        }

        return this;
    }

    /// <summary><c>[a-zA-Z_][a-zA-Z0-9_]*</c>: anything else becomes an underscore, a leading digit gets one before it.</summary>
    public TextBuffer AppendLabelName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            Append('_');
        if (!name.AsSpan().ContainsAnyExcept(s_labelNameCharacters))
            return Append(name);
        foreach (var c in name)
            Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        return this;
    }
}
