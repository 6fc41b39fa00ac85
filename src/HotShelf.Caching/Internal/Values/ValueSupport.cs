using System.Buffers;
using HotShelf.Caching.Internal.Frames;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal.Values;

/// <summary>The properties of a type that do not depend on its type parameter.</summary>
internal interface IValueShape
{
    /// <inheritdoc cref="ValueSupport{T}.Shape"/>
    ulong Shape { get; }
}

/// <summary>The cache's support for one type of value: serialization, sharing and copying.</summary>
internal sealed class ValueSupport<T>(IHybridCacheSerializer<T> serializer, ulong shape, bool isImmutable, Func<T, T>? copy) : IValueShape
{
    /// <summary>Fingerprint of the type's shape and serializer.</summary>
    public ulong Shape => shape;

    /// <summary>True when callers may share one instance.</summary>
    public bool IsImmutable => isImmutable;

    /// <summary>Copies a mutable value; null when copies are deserialized instead.</summary>
    public Func<T, T>? Copy => copy;

    /// <summary>Serializes into an array of the exact size.</summary>
    public byte[] Serialize(T value)
    {
        using var buffer = new PooledBufferWriter();
        serializer.Serialize(value, buffer);
        return buffer.Written.ToArray();
    }

    /// <summary>Like <see cref="Serialize"/>; null for a value that cannot be written, such as one with a cycle.</summary>
    public byte[]? TrySerialize(T value)
    {
        try
        {
            return Serialize(value);
        }
        catch (Exception)
        {
            // Serializers may throw any exception; the caller does not require the bytes.
            return null;
        }
    }

    /// <summary>Deserializes the bytes of <see cref="Serialize"/>.</summary>
    public T Deserialize(ReadOnlyMemory<byte> payload) => serializer.Deserialize(new ReadOnlySequence<byte>(payload));

    /// <summary>Deserializes the value of a frame of this type; invalid frames are rejected without an exception.</summary>
    public FrameRejection TryRead(in Frame frame, int limit, out T value, out ReadOnlyMemory<byte> payload)
    {
        value = default!;
        payload = default;
        if (frame.Shape != shape)
            return FrameRejection.OtherShape;
        if (frame.IsNull)
            return default(T) is null ? FrameRejection.None : FrameRejection.OtherShape;
        var rejection = FrameReader.TryReadPayload(frame, limit, out payload);
        if (rejection != FrameRejection.None)
            return rejection;
        try
        {
            value = Deserialize(payload);
            return FrameRejection.None;
        }
        catch (Exception)
        {
            // Serializers may throw any exception on invalid bytes: the value is loaded again.
            return FrameRejection.NotDeserializable;
        }
    }
}
