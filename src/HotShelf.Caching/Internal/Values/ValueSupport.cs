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
/// <param name="serializer">Writes and reads values.</param>
/// <param name="shape">Fingerprint of the type's shape and serializer.</param>
/// <param name="isImmutable">True when callers may share one instance.</param>
/// <param name="copy">Copies a mutable value; null when copies are deserialized instead.</param>
/// <param name="mayKeepBytes">True for a serializer of the application, whose values may refer to the bytes that they are read from, such as <see cref="ReadOnlyMemory{T}"/>.</param>
internal sealed class ValueSupport<T>(IHybridCacheSerializer<T> serializer, ulong shape, bool isImmutable, Func<T, T>? copy, bool mayKeepBytes) : IValueShape
{
    /// <summary>Fingerprint of the type's shape and serializer.</summary>
    public ulong Shape => shape;

    /// <summary>True when callers may share one instance.</summary>
    public bool IsImmutable => isImmutable;

    /// <summary>Copies a mutable value; null when copies are deserialized instead.</summary>
    public Func<T, T>? Copy => copy;

    /// <summary>Serializes into a pooled buffer, which the caller disposes. Throws what the serializer throws.</summary>
    public PooledBufferWriter Serialize(T value)
    {
        var buffer = new PooledBufferWriter();
        try
        {
            serializer.Serialize(value, buffer);
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Like <see cref="Serialize"/>; null for a value that cannot be written, such as one with a cycle.</summary>
    public PooledBufferWriter? TrySerialize(T value)
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

    /// <summary>Deserializes the bytes of <see cref="Serialize"/>, which must not change afterwards.</summary>
    public T Deserialize(ReadOnlyMemory<byte> payload) => serializer.Deserialize(new ReadOnlySequence<byte>(payload));

    /// <summary>False for a frame of another type, which must not be deserialized as this one.</summary>
    public bool IsOfThisType(in Frame frame) => frame.Shape == shape && (!frame.IsNull || default(T) is null);

    /// <summary>Deserializes bytes of a pooled buffer. Serializers may throw any exception on invalid bytes: then false.</summary>
    public bool TryDeserialize(ReadOnlyMemory<byte> pooled, out T value)
    {
        try
        {
            value = Deserialize(mayKeepBytes ? pooled.ToArray() : pooled);
            return true;
        }
        catch (Exception)
        {
            value = default!;
            return false;
        }
    }
}
