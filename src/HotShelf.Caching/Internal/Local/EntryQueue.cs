namespace HotShelf.Caching.Internal.Local;

/// <summary>The eviction queues.</summary>
internal enum QueueName : byte
{
    None,
    Window,
    Probation,
    Protected,
}

/// <summary>A list of entries, linked through the entries themselves. An entry is in one queue at most. Not safe for several threads.</summary>
internal sealed class EntryQueue(QueueName name)
{
    public LocalEntry? First { get; private set; }

    public LocalEntry? Last { get; private set; }

    public int Count { get; private set; }

    /// <summary>Sum of the entries' <see cref="LocalEntry.Size"/>.</summary>
    public long Bytes { get; private set; }

    public void AddFirst(LocalEntry entry)
    {
        entry.Queue = name;
        entry.Previous = null;
        entry.Next = First;
        if (First is null)
            Last = entry;
        else
            First.Previous = entry;
        First = entry;
        Count++;
        Bytes += entry.Size;
    }

    public void Remove(LocalEntry entry)
    {
        if (entry.Previous is { } previous)
            previous.Next = entry.Next;
        else
            First = entry.Next;
        if (entry.Next is { } next)
            next.Previous = entry.Previous;
        else
            Last = entry.Previous;
        entry.Queue = QueueName.None;
        entry.Previous = entry.Next = null;
        Count--;
        Bytes -= entry.Size;
    }

    /// <summary>Puts <paramref name="entry"/> in the place of <paramref name="replaced"/>.</summary>
    public void Replace(LocalEntry replaced, LocalEntry entry)
    {
        entry.Queue = name;
        entry.Previous = replaced.Previous;
        entry.Next = replaced.Next;
        if (entry.Previous is null)
            First = entry;
        else
            entry.Previous.Next = entry;
        if (entry.Next is null)
            Last = entry;
        else
            entry.Next.Previous = entry;
        replaced.Queue = QueueName.None;
        replaced.Previous = replaced.Next = null;
        Bytes += entry.Size - replaced.Size;
    }
}
