namespace HotShelf.Caching.Fleet;

/// <summary>Fleet operations that must be atomic on the server.</summary>
internal static class FleetScripts
{
    private const string Now = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) ";

    /// <summary>
    /// Stores a node's batch: registers the node, adds its counts to the fleet's, and its events to the streams, unless the batch was already stored.
    /// It also reports nodes that have expired, unless the sender had expired too: then nobody could deliver, and each gets the time to do so again.
    /// KEYS alive, nodes, changes, traffic, the sequence, hours; ARGV node id, sequence, document, milliseconds until the node expires (0: it leaves), milliseconds to keep counts, maximum events, notification channel, number of changes, number of traffic
    /// events; then these; then for each count the index of its hour's key, field and counts. The sequence is stored last, so that a failed batch can be repeated, and outlives
    /// the node's document, so that one repeated after a long partition is known.
    /// </summary>
    public const string Deliver = Now + """
        local id, keep, told = ARGV[1], ARGV[5], false
        local function tell(stream, field, text)
          redis.call('XADD', stream, 'MAXLEN', '~', ARGV[6], '*', field, text)
          redis.call('PEXPIRE', stream, keep)
          told = true
        end
        if redis.call('GET', KEYS[5]) ~= ARGV[2] then
          local changes, all = tonumber(ARGV[8]), ARGV[8] + ARGV[9]
          for i = 1, all do tell(i <= changes and KEYS[3] or KEYS[4], 'e', ARGV[9 + i]) end
          for i = 10 + all, #ARGV, 3 do
            local hour, sums, texts = KEYS[5 + ARGV[i]], {}, {}
            local before = redis.call('HGET', hour, ARGV[i + 1]) or ''
            for slot, count in string.gmatch(before .. ',' .. ARGV[i + 2], '(%d+):(%d+)') do sums[slot] = (sums[slot] or 0) + count end
            for slot, sum in pairs(sums) do texts[#texts + 1] = slot .. ':' .. string.format('%.0f', sum) end
            redis.call('HSET', hour, ARGV[i + 1], table.concat(texts, ','))
            redis.call('PEXPIRE', hour, keep)
          end
        end
        local own = tonumber(redis.call('ZSCORE', KEYS[1], id) or now)
        if ARGV[4] == '0' then
          redis.call('ZREM', KEYS[1], id)
          redis.call('HDEL', KEYS[2], id)
        else
          redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[4]), id)
          redis.call('PEXPIRE', KEYS[1], keep)
        end
        for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now))) do
          if own < now then
            if ARGV[4] ~= '0' then redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[4]), dead) end
          else
            local document = redis.call('HGET', KEYS[2], dead)
            redis.call('ZREM', KEYS[1], dead)
            redis.call('HDEL', KEYS[2], dead)
            if document then tell(KEYS[3], 'lost', string.match(document, ' (.*)')) end
          end
        end
        if told then redis.pcall('PUBLISH', ARGV[7], '') end
        if ARGV[4] ~= '0' then
          redis.call('HSET', KEYS[2], id, ARGV[2] .. ' ' .. ARGV[3])
          redis.call('PEXPIRE', KEYS[2], keep)
        end
        redis.call('SET', KEYS[5], ARGV[2], 'PX', keep)
        return 1
        """;

    /// <summary>KEYS alive, nodes. Returns the documents of the live nodes.</summary>
    public const string Nodes = Now + """
        local found = {}
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', now), '+inf')) do
          local document = redis.call('HGET', KEYS[2], id)
          if document then found[#found + 1] = string.match(document, ' (.*)') end
        end
        return found
        """;

    /// <summary>KEYS changes; ARGV event, maximum events, milliseconds to keep them, notification channel.</summary>
    public const string Record = """
        redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'e', ARGV[1])
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        redis.pcall('PUBLISH', ARGV[4], '')
        return 1
        """;
}
