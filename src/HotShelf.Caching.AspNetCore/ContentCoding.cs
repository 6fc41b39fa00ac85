using System.Globalization;
using System.IO.Compression;
using Microsoft.Extensions.Primitives;

namespace HotShelf.Caching.AspNetCore;

/// <summary>One way to compress a body, and the choice among them by <c>Accept-Encoding</c> (RFC 9110 section 12.5.3).</summary>
internal sealed class ContentCoding
{
    // Compressed once per fill and read many times; a higher quality costs several times the time for a few percent.
    private const int BrotliQuality = 6;
    private const int BrotliWindow = 20;

    private readonly Func<ReadOnlyMemory<byte>, byte[]> _compress;

    private ContentCoding(string name, Func<ReadOnlyMemory<byte>, byte[]> compress)
    {
        Name = name;
        _compress = compress;
    }

    public static ContentCoding Brotli { get; } = new("br", CompressBrotli);

    public static ContentCoding GZip { get; } = new("gzip", CompressGZip);

    /// <summary>The name in <c>Content-Encoding</c>.</summary>
    public string Name { get; }

    public byte[] Compress(ReadOnlyMemory<byte> body) => _compress(body);

    /// <summary>The accepted coding with the highest weight; br before gzip before none where weights are equal. Null for none.</summary>
    public static ContentCoding? Choose(StringValues acceptEncoding)
    {
        // What one common client or another sends; no parsing for these.
        if (acceptEncoding.Count == 0)
            return null;
        if (acceptEncoding is ["gzip, deflate, br" or "gzip, deflate, br, zstd" or "br"])
            return Brotli;
        double? brotli = null, gzip = null, identity = null, any = null;
        foreach (var header in acceptEncoding)
        {
            foreach (var range in header.AsSpan().Split(','))
            {
                var name = Parse(header.AsSpan()[range], out var weight);
                if (name.Equals("br", StringComparison.OrdinalIgnoreCase))
                    brotli = weight;
                else if (name.Equals("gzip", StringComparison.OrdinalIgnoreCase) || name.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
                    gzip = weight;
                else if (name.Equals("identity", StringComparison.OrdinalIgnoreCase))
                    identity = weight;
                else if (name is "*")
                    any = weight;
            }
        }

        // A coding that is not named has the weight of "*", and without that is not accepted; none is accepted unless it is refused.
        var (br, gz, none) = (brotli ?? any ?? 0, gzip ?? any ?? 0, identity ?? 0);
        if (br > 0 && br >= gz && br >= none)
            return Brotli;
        return gz > 0 && gz >= none ? GZip : null;
    }

    private static ReadOnlySpan<char> Parse(ReadOnlySpan<char> element, out double weight)
    {
        var semicolon = element.IndexOf(';');
        weight = 1;
        if (semicolon < 0)
            return element.Trim();
        var parameter = element[(semicolon + 1)..].Trim();
        var isWeight = parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase)
            & double.TryParse(parameter.Length > 2 ? parameter[2..] : default, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out weight);
        // A weight that cannot be read is taken as a refusal: the plain body suits everybody.
        if (!isWeight)
            weight = 0;
        return element[..semicolon].Trim();
    }

    private static byte[] CompressBrotli(ReadOnlyMemory<byte> body)
    {
        var buffer = new byte[BrotliEncoder.GetMaxCompressedLength(body.Length)];
        return BrotliEncoder.TryCompress(body.Span, buffer, out var written, BrotliQuality, BrotliWindow) ? buffer[..written] : body.ToArray();
    }

    private static byte[] CompressGZip(ReadOnlyMemory<byte> body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(body.Span);
        return compressed.ToArray();
    }
}
