namespace HotShelf.Caching.Internal.Values;

/// <summary>How much of a value its serialized form keeps, which decides how L1 may hold it. Ordered: the worst part decides.</summary>
internal enum ValueFidelity
{
    /// <summary>Every field is kept: immutable instances may be shared, and others copied field by field.</summary>
    Whole,

    /// <summary>A serializer or converter of the application writes a part and is trusted to keep it: immutable instances may be shared; copies are deserialized.</summary>
    Trusted,

    /// <summary>The type excludes members (<c>[JsonIgnore]</c>): L1 deserializes too, so that memory and Redis return the same.</summary>
    Partial,
}
