using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal.Values;

/// <summary>Text as UTF-8. A lone surrogate cannot be encoded: writing fails, and the text is served uncached.</summary>
internal sealed class StringSerializer : IHybridCacheSerializer<string>
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string Deserialize(ReadOnlySequence<byte> source) => s_utf8.GetString(source);

    public void Serialize(string value, IBufferWriter<byte> target) => s_utf8.GetBytes(value, target);
}

/// <summary>Bytes without conversion.</summary>
internal sealed class BytesSerializer : IHybridCacheSerializer<byte[]>
{
    public byte[] Deserialize(ReadOnlySequence<byte> source) => source.ToArray();

    public void Serialize(byte[] value, IBufferWriter<byte> target) => target.Write(value);
}

/// <summary>JSON with the type's metadata: source-generated when the options contain a context, otherwise by reflection.</summary>
internal sealed class JsonValueSerializer<T>(JsonTypeInfo<T> typeInfo) : IHybridCacheSerializer<T>
{
    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    public T Deserialize(ReadOnlySequence<byte> source)
    {
        if (source.IsSingleSegment)
            return JsonSerializer.Deserialize(source.FirstSpan, typeInfo)!;
        var reader = new Utf8JsonReader(source);
        return JsonSerializer.Deserialize(ref reader, typeInfo)!;
    }

    public void Serialize(T value, IBufferWriter<byte> target)
    {
        // Removed from its slot while in use: a converter may serialize another cached value on this thread.
        var writer = s_writer ?? new Utf8JsonWriter(target);
        s_writer = null;
        writer.Reset(target);
        JsonSerializer.Serialize(writer, value, typeInfo);
        writer.Flush();
        writer.Reset();
        s_writer = writer;
    }
}
