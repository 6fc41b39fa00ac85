namespace HotShelf.Caching.Internal.Values;

/// <summary>How much of a value its serialized form keeps, and so how L1 may hold it. Ordered: a value is as good as its worst part.</summary>
internal enum ValueFidelity
{
    /// <summary>Every field is kept: instances may be shared when immutable, and copied field by field.</summary>
    Whole,

    /// <summary>A serializer or converter of the application writes a part, and is trusted to keep it: immutable instances may be shared, copies are read from the serialized form.</summary>
    Trusted,

    /// <summary>Members are left out because the type says so (<c>[JsonIgnore]</c>): L1 also reads the serialized form, so that memory and Redis answer the same.</summary>
    Partial,
}
