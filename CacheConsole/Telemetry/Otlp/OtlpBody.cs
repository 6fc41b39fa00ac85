using System.Buffers;
using System.IO.Compression;
using Google.Protobuf;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Reads the body of a request, unpacked when it is packed, as long as it stays within the bound.</summary>
internal static class OtlpBody
{
    private const int FirstBuffer = 64 * 1024;

    /// <exception cref="TooLargeException">It is larger, as sent or unpacked.</exception>
    /// <exception cref="InvalidProtocolBufferException">It is not a message of this kind.</exception>
    /// <exception cref="InvalidDataException">It is not what its encoding says.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, MessageParser<T> parser, int maximumBytes, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        if (request.ContentLength > maximumBytes)
            throw new TooLargeException();
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(request.ContentLength ?? FirstBuffer, 1024, FirstBuffer));
        try
        {
            var body = IsGzip(request) ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
            var length = 0;
            int read;
            while ((read = await body.ReadAsync(buffer.AsMemory(length), cancellationToken)) > 0)
            {
                length += read;
                if (length > maximumBytes)
                    throw new TooLargeException();
                if (length == buffer.Length)
                    buffer = Larger(buffer);
            }

            return parser.ParseFrom(buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>True for an encoding that is read here: none, or gzip.</summary>
    public static bool IsKnownEncoding(HttpRequest request) => request.Headers.ContentEncoding is [] or ["" or "identity" or "gzip"];

    private static bool IsGzip(HttpRequest request) => request.Headers.ContentEncoding is ["gzip"];

    private static byte[] Larger(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    /// <summary>More bytes than <see cref="OtlpOptions.MaximumRequestBytes"/>.</summary>
    public sealed class TooLargeException : Exception;
}
