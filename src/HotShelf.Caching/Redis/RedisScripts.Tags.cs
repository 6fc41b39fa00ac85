namespace HotShelf.Caching.Redis;

/// <summary>
/// The ledger of removed tags: a sorted set of names by the server's time (µs) of their removal, stored twice in one slot. It also contains <c>!g</c>, its generation (when it was
/// created or restored), and <c>!t</c> and <c>!f</c>, the floors of tags and families (the latest removal whose name was dropped). Every script writes both keys, so each is complete
/// where it exists; a missing one is copied from the other. Each new time is later than all times in the ledger, and than the position of the node that adds it: the ledger may have been lost,
/// and the clock of a server that took over may be behind.
/// </summary>
internal static partial class RedisScripts
{
    // TOUCH tests whether a key exists and, unlike EXISTS, updates its last access time.
    private const string Ledger = Now + """
        local function text(n) return string.format('%.0f', n) end
        local function both(command, ...) redis.call(command, KEYS[1], ...) redis.call(command, KEYS[2], ...) end
        local function score(name) return redis.call('ZSCORE', KEYS[1], name) end
        local function last() return tonumber(redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]) end
        local function whole()
          local one, other = redis.call('TOUCH', KEYS[1]), redis.call('TOUCH', KEYS[2])
          if one == 0 and other == 0 then return false end
          if one == 0 then redis.call('ZUNIONSTORE', KEYS[1], 1, KEYS[2]) elseif other == 0 then redis.call('ZUNIONSTORE', KEYS[2], 1, KEYS[1]) end
          return true
        end
        local function create(after) local s = text(math.max(now, tonumber(after) + 1)) both('ZADD', s, '!g', s, '!t', s, '!f') end
        local function changes(generation, after)
          local g = text(tonumber(score('!g')))
          if g ~= generation then after = '0' end
          local page = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, 5000)
          for i = 2, #page, 2 do page[i] = text(tonumber(page[i])) end
          return {text(now), g, text(tonumber(score('!t'))), text(tonumber(score('!f'))), text(last()), page}
        end

        """;

    /// <summary>KEYS ledger, copy; ARGV generation, position, milliseconds to keep. Returns {server time, generation, floor of tags, floor of families, latest time, {name, time, ...}}, or {server time} without a ledger.</summary>
    public static Script ReadTags { get; } = new(Ledger + """
        if not whole() then return {text(now)} end
        if redis.call('PTTL', KEYS[1]) < ARGV[3] / 2 or redis.call('PTTL', KEYS[2]) < ARGV[3] / 2 then both('PEXPIRE', ARGV[3]) end
        return changes(ARGV[1], ARGV[2])
        """);

    /// <summary>
    /// KEYS ledger, copy, one key to report each name, one set for each change; ARGV generation, position, milliseconds to keep, maximum number of names, milliseconds to remember a change, then the names.
    /// A name that was removed for all of the changes already is not removed again, and not reported. Returns the same as <see cref="ReadTags"/>.
    /// </summary>
    public static Script RemoveTags { get; } = new(Ledger + """
        if not whole() then create(ARGV[2]) end
        local s = math.max(now, last() + 1, tonumber(ARGV[2]) + 1)
        local changes_from = #ARGV - 2
        local function told(name)
          for k = changes_from, #KEYS do
            if redis.call('SISMEMBER', KEYS[k], name) == 0 then return false end
          end
          return changes_from <= #KEYS
        end
        for i = 6, #ARGV do
          local key = KEYS[i - 3]
          if not told(ARGV[i]) then
            both('ZADD', text(s), ARGV[i])
            s = s + 1
            redis.pcall('SET', key, '') redis.call('DEL', key)
            for k = changes_from, #KEYS do redis.pcall('SADD', KEYS[k], ARGV[i]) end
          end
        end
        for k = changes_from, #KEYS do redis.call('PEXPIRE', KEYS[k], ARGV[5]) end
        if redis.call('ZCARD', KEYS[1]) > tonumber(ARGV[4]) then
          local old = redis.call('ZRANGE', KEYS[1], 0, 999, 'WITHSCORES')
          for i = 1, #old, 2 do
            local floor = ({t = '!t', f = '!f'})[string.sub(old[i], 1, 1)]
            if floor then
              both('ZREM', old[i])
              if tonumber(old[i + 1]) > tonumber(score(floor)) then both('ZADD', old[i + 1], floor) end
            end
          end
        end
        both('PEXPIRE', ARGV[3])
        return changes(ARGV[1], ARGV[2])
        """);

    /// <summary>
    /// KEYS ledger, copy; ARGV milliseconds to keep, position, floors of tags and families to restore or empty, then names with their times, 0 for the present. A later existing time is
    /// kept. The generation changes, so that every node reads the whole ledger: a restored name may be older than the position that a node has already read. Returns the generation.
    /// </summary>
    public static Script RestoreTags { get; } = new(Ledger + """
        if not whole() then create(ARGV[2]) end
        local s = math.max(now, last() + 1, tonumber(ARGV[2]) + 1)
        local generation = text(s)
        both('ZADD', generation, '!g')
        for i = 5, #ARGV, 2 do
          local at, known = ARGV[i + 1], score(ARGV[i])
          if at == '0' then s = s + 1 at = text(s) end
          if not known or tonumber(known) < tonumber(at) then both('ZADD', at, ARGV[i]) end
        end
        if ARGV[3] ~= '' and tonumber(ARGV[3]) < tonumber(score('!t')) then both('ZADD', ARGV[3], '!t') end
        if ARGV[4] ~= '' and tonumber(ARGV[4]) < tonumber(score('!f')) then both('ZADD', ARGV[4], '!f') end
        both('PEXPIRE', ARGV[1])
        return generation
        """);
}
