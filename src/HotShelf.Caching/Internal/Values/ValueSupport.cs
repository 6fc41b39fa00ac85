using System.Buffers;
using HotShelf.Caching.Internal.Frames;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal.Values;

/// <summary>What is known of a type without naming it.</summary>
internal interface IValueShape
{
    /// <inheritdoc cref="ValueSupport{T}.Shape"/>
    ulong Shape { get; }
}

/// <summary>All the cache must know about one type of value: how it is serialized, whether it may be shared, how it is copied.</summary>
internal sealed class ValueSupport<T>(IHybridCacheSerializer<T> serializer, ulong shape, bool isImmutable, Func<T, T>? copy) : IValueShape
{
    /// <summary>Fingerprint of the type's shape and of how it is written.</summary>
    public ulong Shape => shape;

    /// <summary>True when callers may share one instance.</summary>
    public bool IsImmutable => isImmutable;

    /// <summary>Copies a mutable value; null when a copy is made by reading the serialized form again.</summary>
    public Func<T, T>? Copy => copy;

    /// <summary>Serializes into an array of the exact size.</summary>
    public byte[] Serialize(T value)
    {
        using var buffer = new PooledBufferWriter();
        serializer.Serialize(value, buffer);
        return buffer.Written.ToArray();
    }

    /// <summary>As <see cref="Serialize"/>; null for a value that cannot be written, such as one that contains itself.</summary>
    public byte[]? TrySerialize(T value)
    {
        try
        {
            return Serialize(value);
        }
        catch (Exception)
        {
            // Whatever a serializer throws: who asks can do without the bytes.
            return null;
        }
    }

    /// <summary>Reads what <see cref="Serialize"/> wrote.</summary>
    public T Deserialize(ReadOnlyMemory<byte> payload) => serializer.Deserialize(new ReadOnlySequence<byte>(payload));

    /// <summary>Reads the value of a frame of this type; a frame it cannot read is rejected, never an exception.</summary>
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
            // Whatever a serializer throws on bytes it does not understand: the value is loaded again.
            return FrameRejection.NotDeserializable;
        }
    }
}
