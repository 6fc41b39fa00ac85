namespace HotShelf.Caching.Internal.Tags;

/// <summary>What this process knows of one tag.</summary>
internal sealed class Tag(string name)
{
    /// <summary>The stamp is not known: it must be read from Redis before an entry may be judged by it.</summary>
    public const long Unknown = 0;

    private readonly Lock _learning = new();
    private long _stamp;
    private long _heard;
    private long _knownUntil;

    public string Name => name;

    /// <summary>Counts what was heard of the tag; noted before a read of its stamp, so that an answer overtaken by a change is not believed.</summary>
    public long Heard => Volatile.Read(ref _heard);

    /// <summary>The current stamp, or <see cref="Unknown"/>.</summary>
    public long Stamp(long now) => now < Volatile.Read(ref _knownUntil) ? Volatile.Read(ref _stamp) : Unknown;

    /// <summary>The tag changed somewhere: forget the stamp.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _heard);
        Volatile.Write(ref _knownUntil, 0);
    }

    /// <summary>Takes a stamp that this process gave itself, and never an older one: without Redis nobody else gives any.</summary>
    public void Give(long stamp)
    {
        lock (_learning)
        {
            if (stamp <= _stamp)
                return;
            Volatile.Write(ref _stamp, stamp);
            Volatile.Write(ref _knownUntil, CacheClock.Never);
        }
    }

    /// <summary>Believes a stamp read from Redis unless the tag was heard of since <paramref name="heard"/>.</summary>
    public void Learn(long stamp, long heard, long until)
    {
        lock (_learning)
        {
            if (Heard != heard)
                return;
            Volatile.Write(ref _stamp, stamp);
            Volatile.Write(ref _knownUntil, until);
            // Forget takes no lock (it runs on the stream's reader): had it come between the look and the writes, its mark is seen here.
            if (Heard != heard)
                Volatile.Write(ref _knownUntil, 0);
        }
    }
}
