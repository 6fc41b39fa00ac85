using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// Operations that must be atomic on the server. Each script uses the keys of one entry, which are in one slot. Bytes 5 to 12 of a frame are its
/// fill id, bytes 67 to 74 of a versioned one its version. A lease contains its token and, after a removal of older values, ':' and the least version that may
/// be stored. "Poke" writes and deletes a key that does not exist, so that tracking reports it like a change.
/// </summary>
internal static partial class RedisScripts
{
    private const string Now = "local t = redis.call('TIME') local now = t[1] * 1000000 + t[2] ";
    // Versions are compared by halves: Lua's numbers have 53 bits. Arguments of commands are strings: the server formats a number with 17 digits, which takes longer than many a command.
    private const string Versions = """
        local function version(f) if #f >= 74 and string.sub(f, 1, 2) == 'HS' and math.floor(string.byte(f, 4) / 4) % 2 == 1 then return string.sub(f, 67, 74) end end
        local function since(a, b)
          local al, ah = struct.unpack('<I4I4', a)
          local bl, bh = struct.unpack('<I4I4', b)
          return ah > bh or ah == bh and al >= bl
        end
        local function least(lease) local c = string.find(lease, ':', 1, true) return c and string.sub(lease, c + 1) end

        """;

    private const string Holds = "local h = redis.call('GET', KEYS[2]) local function holds() return h and (h == ARGV[1] or string.sub(h, 1, #ARGV[1] + 1) == ARGV[1] .. ':') end ";
    private const string Poke = "if redis.call('EXISTS', KEYS[1]) == 0 then redis.pcall('SET', KEYS[1], '') redis.call('DEL', KEYS[1]) end ";

    /// <summary>KEYS frame, lease; ARGV token, milliseconds, "*" | fill id of the frame to replace (8 bytes or empty). Returns {0 held | 1 acquired | 2 present, server time, frame}.</summary>
    public static Script Acquire { get; } = new(Now + """
        if ARGV[3] ~= '*' then
          local v = redis.call('GET', KEYS[1])
          if v and string.sub(v, 5, 12) ~= ARGV[3] then return {2, string.format('%.0f', now), v} end
        end
        if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {1, string.format('%.0f', now)} end

        """ + Holds + """
        if holds() then redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) return {1, string.format('%.0f', now)} end
        return {0, string.format('%.0f', now)}
        """);

    /// <summary>
    /// KEYS frame, lease, removed; ARGV token, frame, milliseconds or 0 for no expiry. Returns 1 when stored. Older than the least version of the lease, than the stored frame or
    /// than the latest removal, it is not stored, and the processes that wait are woken where no frame is stored.
    /// </summary>
    public static Script Store { get; } = new(Versions + Holds + """
        if not holds() then return 0 end
        local v, wanted = version(ARGV[2]), least(h)
        local isOld = wanted and not (v and since(v, wanted))
        if v and not isOld then
          local stored, removed = version(redis.call('GETRANGE', KEYS[1], '0', '73')), redis.call('GET', KEYS[3])
          isOld = stored and not since(v, stored) or removed and not since(v, removed)
        end
        if isOld then
          redis.call('DEL', KEYS[2])
        """ + Poke + """
          return 0
        end
        if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
        redis.call('DEL', KEYS[2])
        return 1
        """);

    /// <summary>Returns the section of INFO about memory. A script, because the client sends INFO itself only over connections for administrators.</summary>
    public static Script Memory { get; } = new("return redis.call('INFO', 'memory')");

    /// <summary>KEYS for each entry frame, lease; ARGV for each frame, milliseconds or 0 for no expiry.</summary>
    public static Script Set { get; } = new("""
        for i = 1, #KEYS, 2 do
          redis.call('DEL', KEYS[i + 1])
          if ARGV[i + 1] == '0' then redis.call('SET', KEYS[i], ARGV[i]) else redis.call('SET', KEYS[i], ARGV[i], 'PX', ARGV[i + 1]) end
        end
        return 1
        """);

    /// <summary>KEYS frame, lease; ARGV frame, milliseconds or 0 for no expiry, fill id of the frame to replace. Returns 1 when replaced.</summary>
    public static Script Replace { get; } = new("""
        local v = redis.call('GETRANGE', KEYS[1], '4', '11')
        if v ~= ARGV[3] then return 0 end
        redis.call('DEL', KEYS[2])
        if ARGV[2] == '0' then redis.call('SET', KEYS[1], ARGV[1]) else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
        return 1
        """);

    /// <summary>KEYS frame, lease; ARGV token, milliseconds. Extends the lease. Returns 1 when it is still held.</summary>
    public static Script Renew { get; } = new(Holds + "if not holds() then return 0 end return redis.call('PEXPIRE', KEYS[2], ARGV[2])");

    /// <summary>KEYS frame, lease; ARGV token. Releases the lease and, where no frame is stored, wakes the processes that wait for it; elsewhere their next poll finds it.</summary>
    public static Script Release { get; } = new(Holds + "if not holds() then return 0 end redis.call('DEL', KEYS[2]) " + Poke + "return 1");

    /// <summary>
    /// KEYS frame, lease, and for a sliding entry its name under the tracked prefix. Tracking reports the key also when nothing is stored under it, or the
    /// frame is outside of the prefix: another process may be filling it.
    /// </summary>
    public static Script Invalidate { get; } = new("local n = redis.call('DEL', KEYS[1]) redis.call('DEL', KEYS[2]) local told = KEYS[3] or KEYS[1] if n == 0 or KEYS[3] then redis.pcall('SET', told, '') redis.call('DEL', told) end return n");

    /// <summary>
    /// KEYS for each entry frame, lease, removed, and for sliding entries the name under the tracked prefix; ARGV milliseconds to remember the versions, number of keys of an entry, then their versions (8 bytes). Deletes
    /// frames that are older, or of unknown version, and reports the keys. A fill that holds the lease may store a result of this version or a later one. Returns for each entry 0 when nothing is older: the same
    /// removal, told again, reports nothing. Several entries at once, where they may be in one script, cost the server and the client a fraction of one script each.
    /// </summary>
    public static Script RemoveOlder { get; } = new(Versions + """
        local function remove(frame, lease, mark, told, wanted)
          local known = redis.call('MGET', lease, mark)
          local h, removed = known[1], known[2]
          local w = h and least(h)
          if h and not (w and since(w, wanted)) then
            local token = string.match(h, '^-?%d+') or ''
            local set = redis.pcall('SET', lease, token .. ':' .. wanted, 'KEEPTTL')
            if type(set) == 'table' and set.err then redis.call('DEL', lease) end
          end
          local head = redis.call('GETRANGE', frame, '0', '73')
          local v = version(head)
          if v and since(v, wanted) then return 0 end
          local isTold = removed and since(removed, wanted)
          if not isTold then redis.pcall('SET', mark, wanted, 'PX', ARGV[1]) end
          local n = #head > 0 and redis.call('DEL', frame) or 0
          if n == 0 and isTold then return 0 end
          if n == 0 or told then redis.pcall('SET', told or frame, '') redis.call('DEL', told or frame) end
          return 1
        end
        local size, done = tonumber(ARGV[2]), {}
        for i = 1, #KEYS / size do
          local k = (i - 1) * size
          done[i] = remove(KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], size > 3 and KEYS[k + 4] or nil, ARGV[2 + i])
        end
        return done
        """);

    /// <summary>KEYS versions with running nodes; ARGV version, microseconds for which it counts as live. Drops those that nothing was heard of for that long.</summary>
    public static Script Announce { get; } = new(Now + """
        redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - ARGV[2]))
        return redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[2] / 1000))
        """);

    /// <summary>KEYS as above; ARGV microseconds. Returns the live versions.</summary>
    public static Script LiveVersions { get; } = new(Now + """
        return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', now - ARGV[1]), '+inf')
        """);

    /// <summary>KEYS a key that is never read. Causes tracking to report it.</summary>
    public static Script Probe { get; } = new("redis.call('SET', KEYS[1], '') return redis.call('DEL', KEYS[1])");

    internal sealed class Script(string text)
    {
        // SHA-1 because EVALSHA requires it; it protects nothing.
#pragma warning disable CA5350
        private readonly byte[] _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350

        public async Task<RedisResult> RunAsync(IDatabase database, RedisKey[] keys, RedisValue[] values)
        {
            try
            {
                return await database.ScriptEvaluateAsync(_hash, keys, values, CommandFlags.DemandMaster).ConfigureAwait(false);
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
            {
                // NOSCRIPT: the server has restarted or has not seen the script.
                return await RunTextAsync(database, keys, values).ConfigureAwait(false);
            }
        }

        /// <summary>Sends the text, which a server knows from then on: for what must not come later than what is sent after it.</summary>
        public Task<RedisResult> RunTextAsync(IDatabase database, RedisKey[] keys, RedisValue[] values) => database.ExecuteAsync("EVAL", Arguments(keys, values), CommandFlags.DemandMaster);

        private object[] Arguments(RedisKey[] keys, RedisValue[] values)
        {
            var arguments = new List<object>(2 + keys.Length + values.Length) { text, keys.Length };
            arguments.AddRange(keys.Cast<object>());
            arguments.AddRange(values.Cast<object>());
            return [.. arguments];
        }
    }
}
