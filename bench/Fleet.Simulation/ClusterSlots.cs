using System.Text;

namespace HotShelf.Fleet.Simulation;

/// <summary>Where a Redis Cluster keeps a key: CRC-16 (XMODEM) of what stands in its first braces, https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model.</summary>
internal static class ClusterSlots
{
    public const int Count = 16384;

    public static int SlotOf(string key)
    {
        var open = key.IndexOf('{', StringComparison.Ordinal);
        var close = open < 0 ? -1 : key.IndexOf('}', open + 1);
        var hashed = close > open + 1 ? key[(open + 1)..close] : key;
        ushort crc = 0;
        foreach (var one in Encoding.UTF8.GetBytes(hashed))
        {
            crc ^= (ushort)(one << 8);
            for (var bit = 0; bit < 8; bit++)
                crc = (ushort)((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
        }

        return crc % Count;
    }

    /// <summary>The shard of a cluster whose primaries share the slots evenly.</summary>
    public static int ShardOf(string key, int shards) => SlotOf(key) * shards / Count;
}
