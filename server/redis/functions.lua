-- The functions of the room store, for Redis 7 and Valkey. functions.ts replaces each $name with its number or name.
-- Every function has one key. All other keys that it uses have the same hash tag, and thus the same slot.
--
-- duet:{tag}:r:<id>     hash: a room, its seats and the digests of its mailboxes; after its end only v, e and lf
-- duet:{tag}:a:<id>     list: the mailbox of seat a (b likewise)
-- duet:{tag}:w:<id>     set: the nodes that watch the room
-- duet:{tag}:due        sorted set: references of rooms by deadline
-- duet:{tag}:counts     hash: number of rooms by state
-- duet:{tag}:life       hash: the Redis process of the last call, when the first call to it came, and the last such time
--                       after which writes are missing
-- duet:{tag}:s:<node>   set: the connections of a node, as reference|place|epoch
-- duet:{tag}:dead:<node> a node that lost its lease: its writes fail
-- duet:{tag}:n:<node>   channel: wake-ups of a node
-- duet:{quota}:reserved hash: rooms with the network that created each, and the time of that in microseconds;
--                       ':networks' counts them, ':due' sorts them by their next check
-- duet:{usage}:mailboxes hash: id|seat of each mailbox with the network that fills it and its bytes; ':total' and the
--                       sorted set ':networks' sum them, ':of:<network>' sorts them, ':due' has their next check
-- duet:{nodes}:nodes    sorted set: nodes by the end of their leases; ':inspectors' has those whose clients inspect rooms

local other = {a = 'b', b = 'a'}
local digestKinds = {'0', '1', '2', '3', '4', '5', '6', '7'}
local runId

local function nowUs()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function nowMs() return math.floor(nowUs() / 1000) end

-- Without '%.0f' Lua writes large numbers in scientific notation.
local function integer(number) return string.format('%.0f', number) end

local function split(room)
  local prefix, id = string.match(room, '^(.-}:)r:(.+)$')
  return prefix, id
end

-- The time in ms at which this Redis process, or the master after a failover, was first used. Data that it lost was
-- written in an earlier life.
local function lifeOf(prefix)
  if not runId then runId = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') end
  local known = redis.call('HMGET', prefix .. 'life', 'run', 'at')
  if known[1] == runId then return known[2] end
  local at = integer(math.max(nowMs(), (tonumber(known[2]) or 0) + 1))
  redis.call('HSET', prefix .. 'life', 'run', runId, 'at', at)
  if known[1] then redis.call('HSET', prefix .. 'life', 'lost', at) end
  return at
end

local function isDead(prefix, node) return redis.call('EXISTS', prefix .. 'dead:' .. node) == 1 end

local deadNode = {err = 'FENCED the lease of this node ended'}

local function publish(prefix, node, text)
  if node and node ~= '' then redis.call('SPUBLISH', prefix .. 'n:' .. node, text) end
end

local function notifyWatchers(prefix, id, text)
  for _, node in ipairs(redis.call('SMEMBERS', prefix .. 'w:' .. id)) do
    publish(prefix, node, id .. '|w|' .. text)
  end
end

-- Appends an event, and returns the bytes of the mailbox. kind and obsoletes are digits of the digest rules; kind is empty for none.
local function append(prefix, id, seat, node, isHeld, text, kind, obsoletes)
  local room, box = prefix .. 'r:' .. id, prefix .. seat .. ':' .. id
  local seq = redis.call('HINCRBY', room, 't' .. seat, 1)
  local length = redis.call('RPUSH', box, text)
  local bytes = #text
  if length > 1 then bytes = bytes + (tonumber(redis.call('HGET', room, 'y' .. seat)) or 0) end
  while length > $mailboxMessages or (bytes > $mailboxBytes and length > 1) do
    bytes = bytes - #redis.call('LPOP', box)
    length = length - 1
  end
  if obsoletes ~= '' then
    for digit in string.gmatch(obsoletes, '.') do redis.call('HDEL', room, 'g' .. seat .. digit) end
  end
  if kind ~= '' then redis.call('HSET', room, 'y' .. seat, bytes, 'g' .. seat .. kind, seq .. ' ' .. text)
  else redis.call('HSET', room, 'y' .. seat, bytes) end
  if isHeld then redis.call('PEXPIRE', box, $mailboxLifetimeMs) end
  publish(prefix, node, id .. '|' .. seat .. '|' .. seq .. '|' .. text)
  return bytes
end

-- KEYS room. Returns version, state, context, epoch after the end, life of the last write, life.
local function load(keys)
  local prefix = split(keys[1])
  local found = redis.call('HMGET', keys[1], 'v', 'st', 'x', 'e', 'lf')
  return {found[1], found[2], found[3], found[4], found[5], lifeOf(prefix)}
end

-- KEYS room; ARGV seat epoch seq node text kind obsoletes rule connection.
-- rule: transient, or what a free seat does with the message: starts, continues, ignored.
-- Returns the acknowledged number, whether the message was new, and the bytes of the mailbox if it was stored.
local function send(keys, args)
  local prefix, id = split(keys[1])
  local seat, epoch, seq, node, text, kind, obsoletes, rule, connection = unpack(args)
  if isDead(prefix, node) then return deadNode end
  local to = other[seat]
  local found = redis.call('HMGET', keys[1], 'h' .. seat, 'k' .. seat, 'h' .. to, 'c' .. to, 'o' .. to, 'y' .. to)
  if found[1] ~= epoch then return 'seat-lost' end
  local acked = tonumber(found[2]) or 0
  seq = tonumber(seq)
  if seq <= acked then return {acked, 0} end
  if seq > acked + 1 then return 'out-of-order' end
  local peerNode = found[4]
  local bytes = 0
  if rule == 'transient' then
    publish(prefix, peerNode, id .. '|' .. to .. '|t|' .. text)
  elseif found[3] and found[3] ~= '' then
    bytes = append(prefix, id, to, peerNode, true, text, kind, obsoletes)
  elseif rule == 'starts' then
    redis.call('DEL', prefix .. to .. ':' .. id)
    redis.call('HSET', keys[1], 'o' .. to, connection)
    bytes = append(prefix, id, to, peerNode, false, text, kind, obsoletes)
  elseif rule == 'continues' and found[5] == connection and connection ~= '' then
    local length = redis.call('LLEN', prefix .. to .. ':' .. id)
    if length > 0 and length < $vacantMessages and (tonumber(found[6]) or 0) + #text <= $mailboxBytes then
      bytes = append(prefix, id, to, peerNode, false, text, kind, obsoletes)
    end
  end
  redis.call('HINCRBY', keys[1], 'k' .. seat, 1)
  return {seq, 1, bytes}
end

local function digestOf(room, seat)
  local fields = {}
  for index, digit in ipairs(digestKinds) do fields[index] = 'g' .. seat .. digit end
  local entries = redis.call('HMGET', room, unpack(fields))
  for index, entry in ipairs(entries) do entries[index] = entry or '' end
  return entries
end

-- KEYS room; ARGV seat epoch mailbox life seq.
-- Returns released, superseded, {events, lastSeq, events} or {truncated, lastSeq, digest}. In another life than the
-- mailbox id names, some of its events may be lost: the page joins again, and gets resync.
local function read(keys, args)
  local prefix, id = split(keys[1])
  local seat, epoch, mailbox, life, seq = unpack(args)
  local found = redis.call('HMGET', keys[1], 'h' .. seat, 'i' .. seat, 't' .. seat)
  if not found[1] or found[1] == '' or found[2] ~= mailbox then return 'released' end
  -- An epoch above the stored one belongs to writes that Redis lost.
  if found[1] ~= epoch then return tonumber(found[1]) > tonumber(epoch) and 'superseded' or 'released' end
  local box = prefix .. seat .. ':' .. id
  local last = tonumber(found[3]) or 0
  local dropped = last - redis.call('LLEN', box)
  seq = tonumber(seq)
  if lifeOf(prefix) ~= life then return 'released' end
  if seq < dropped then return {'truncated', dropped, digestOf(keys[1], seat)} end
  if seq > last then return {'truncated', last, {}} end
  return {'events', last, redis.call('LRANGE', box, seq - dropped, -1)}
end

-- A place is a seat, d (the visitor at the door) or p (the preparation). Its epoch is empty without a connection.
local function place(prefix, ref, seat, before, node, after, isConnected, writer)
  local isChanged = before ~= after
  if isChanged or not isConnected then
    if node ~= '' then redis.call('SREM', prefix .. 's:' .. node, ref .. '|' .. seat .. '|' .. before) end
    node = ''
    if isConnected and after ~= '' then
      node = writer
      redis.call('SADD', prefix .. 's:' .. node, ref .. '|' .. seat .. '|' .. after)
    end
  end
  return node
end

-- KEYS room; ARGV version state context ref dueAtMs node idA idB epochA epochB isConnectedA isConnectedB visit
-- preparation lastEpoch, then for each effect: seat text kind obsoletes; a freed seat has no text.
-- Returns false after a conflict; otherwise life, for each mailbox its id, dropped, last and acked, and the time in
-- microseconds.
local function commit(keys, args)
  local room = keys[1]
  local prefix, id = split(room)
  local version, state, context, ref, dueAtMs, writer = unpack(args, 1, 6)
  if isDead(prefix, writer) then return deadNode end
  local found = redis.call('HMGET', room, 'v', 'st', 'ha', 'hb', 'hd', 'hp', 'ca', 'cb', 'cd', 'cp',
    'ia', 'ib', 'ta', 'tb', 'ka', 'kb')
  local before = found[2]
  if (before and found[1] or '0') ~= version then return false end
  local life = lifeOf(prefix)
  local epochs = {a = args[9], b = args[10], d = args[13], p = args[14]}
  local isConnected = {a = args[11] == '1', b = args[12] == '1', d = true, p = true}
  local old = {a = found[3] or '', b = found[4] or '', d = found[5] or '', p = found[6] or ''}
  local nodes = {a = found[7] or '', b = found[8] or '', d = found[9] or '', p = found[10] or ''}
  local mailboxes = {a = found[11] or args[7], b = found[12] or args[8]}
  local last = {a = tonumber(found[13]) or 0, b = tonumber(found[14]) or 0}
  local answer = {life}
  for index, seat in ipairs({'a', 'b'}) do
    answer[#answer + 1] = mailboxes[seat]
    answer[#answer + 1] = last[seat] - redis.call('LLEN', prefix .. seat .. ':' .. id)
    answer[#answer + 1] = last[seat]
    answer[#answer + 1] = tonumber(found[14 + index]) or 0
  end
  if not before then redis.call('DEL', room) end
  local ringing = {}
  local readers = {a = nodes.a, b = nodes.b}
  for _, name in ipairs({'a', 'b', 'd', 'p'}) do
    nodes[name] = place(prefix, ref, name, old[name], nodes[name], epochs[name], isConnected[name], writer)
  end
  local newVersion = integer(math.max(tonumber(found[1]) or 0, tonumber(life)) + 1)
  redis.call('HSET', room, 'v', newVersion, 'st', state, 'x', context, 'n', ref, 'lf', life,
    'ha', epochs.a, 'hb', epochs.b, 'hd', epochs.d, 'hp', epochs.p,
    'ca', nodes.a, 'cb', nodes.b, 'cd', nodes.d, 'cp', nodes.p, 'ia', mailboxes.a, 'ib', mailboxes.b)
  redis.call('PERSIST', room)
  for index = 16, #args, 4 do
    local seat, text = args[index], args[index + 1]
    if text == '' then
      local fields = {'o' .. seat, 't' .. seat, 'k' .. seat, 'y' .. seat}
      for _, digit in ipairs(digestKinds) do fields[#fields + 1] = 'g' .. seat .. digit end
      redis.call('HDEL', room, unpack(fields))
      redis.call('HSET', room, 'i' .. seat, args[seat == 'a' and 7 or 8])
      redis.call('DEL', prefix .. seat .. ':' .. id)
      ringing[seat] = true
    else
      append(prefix, id, seat, nodes[seat], epochs[seat] ~= '', text, args[index + 2], args[index + 3])
    end
  end
  for _, seat in ipairs({'a', 'b'}) do
    local box = prefix .. seat .. ':' .. id
    if epochs[seat] ~= old[seat] then
      ringing[seat] = true
      if epochs[seat] ~= '' then redis.call('PEXPIRE', box, $mailboxLifetimeMs) else redis.call('PERSIST', box) end
    end
    if ringing[seat] then
      publish(prefix, readers[seat], id .. '|' .. seat .. '|r|')
      if nodes[seat] ~= readers[seat] then publish(prefix, nodes[seat], id .. '|' .. seat .. '|r|') end
    end
  end
  if state == 'empty' then
    for _, name in ipairs({'a', 'b', 'd', 'p'}) do
      place(prefix, ref, name, epochs[name], nodes[name], '', false, writer)
    end
    redis.call('DEL', room, prefix .. 'a:' .. id, prefix .. 'b:' .. id)
    redis.call('HSET', room, 'v', newVersion, 'e', args[15], 'lf', life)
    redis.call('PEXPIRE', room, $tombstoneMs)
  end
  if before ~= state then
    if before then redis.call('HINCRBY', prefix .. 'counts', before, -1) end
    if state ~= 'empty' then redis.call('HINCRBY', prefix .. 'counts', state, 1) end
  end
  if dueAtMs == '' or state == 'empty' then redis.call('ZREM', prefix .. 'due', ref)
  else redis.call('ZADD', prefix .. 'due', dueAtMs, ref) end
  notifyWatchers(prefix, id, '')
  answer[#answer + 1] = nowUs()
  return answer
end

-- KEYS room; ARGV seat text. Publishes an event to the subscribers of a seat.
local function whisper(keys, args)
  local prefix, id = split(keys[1])
  publish(prefix, redis.call('HGET', keys[1], 'c' .. args[1]), id .. '|' .. args[1] .. '|t|' .. args[2])
  return 1
end

-- KEYS room; ARGV node. The node has to call it again before watchLifetimeMs ends.
local function watch(keys, args)
  local prefix, id = split(keys[1])
  redis.call('SADD', prefix .. 'w:' .. id, args[1])
  redis.call('PEXPIRE', prefix .. 'w:' .. id, $watchLifetimeMs)
  return 1
end

-- KEYS room; ARGV node.
local function unwatch(keys, args)
  local prefix, id = split(keys[1])
  return redis.call('SREM', prefix .. 'w:' .. id, args[1])
end

-- KEYS room; ARGV text.
local function offer(keys, args)
  local prefix, id = split(keys[1])
  notifyWatchers(prefix, id, args[1])
  return 1
end

-- KEYS room; ARGV text, then nodes whose clients inspect rooms.
local function trace(keys, args)
  local prefix, id = split(keys[1])
  for index = 2, #args do publish(prefix, args[index], id .. '|x|' .. args[1]) end
  return 1
end

-- KEYS one due set of each tag; ARGV nowMs. Returns references of due rooms.
local function due(keys, args)
  local all = {}
  for _, key in ipairs(keys) do
    for _, ref in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', args[1], 'LIMIT', 0, $dueRooms)) do all[#all + 1] = ref end
  end
  return all
end

-- KEYS one counts hash of each tag. Returns the sums of created, ready, full.
local function count(keys)
  local sums = {0, 0, 0}
  for _, key in ipairs(keys) do
    for index, number in ipairs(redis.call('HMGET', key, 'created', 'ready', 'full')) do
      sums[index] = sums[index] + (tonumber(number) or 0)
    end
  end
  return sums
end

local function forget(key, id, network)
  redis.call('HDEL', key, id)
  redis.call('ZREM', key .. ':due', id)
  if redis.call('HINCRBY', key .. ':networks', network, -1) <= 0 then redis.call('HDEL', key .. ':networks', network) end
end

-- The network of a reserved room, and the time of its reservation in microseconds.
local function reservationOf(key, id)
  return string.match(redis.call('HGET', key, id) or '', '^(.*)|(%d+)$')
end

-- KEYS the hash of reserved rooms; ARGV id network perNetwork total reservationMs.
local function reserve(keys, args)
  local key, id, network = keys[1], args[1], args[2]
  local now, earlier = nowUs(), reservationOf(keys[1], id)
  local count = tonumber(redis.call('HGET', key .. ':networks', network)) or 0
  if not earlier and redis.call('HLEN', key) >= tonumber(args[4]) then return 'server-full' end
  if earlier ~= network and count >= tonumber(args[3]) then return 'throttled' end
  if earlier then forget(key, id, earlier) end
  redis.call('HSET', key, id, network .. '|' .. integer(now))
  redis.call('HINCRBY', key .. ':networks', network, 1)
  redis.call('ZADD', key .. ':due', integer(now / 1000 + args[5]), id)
  return 'ok'
end

-- KEYS the hash of reserved rooms; ARGV id beforeUs. A reservation after this time stays.
local function release(keys, args)
  local network, at = reservationOf(keys[1], args[1])
  if not network or tonumber(at) > tonumber(args[2]) then return 0 end
  forget(keys[1], args[1], network)
  return 1
end

-- KEYS the hash of reserved rooms. Returns the time in microseconds, and rooms that the caller has to check.
local function audit(keys)
  local now, due = nowUs(), keys[1] .. ':due'
  local ids = redis.call('ZRANGEBYSCORE', due, '-inf', integer(now / 1000), 'LIMIT', 0, $auditRooms)
  for _, id in ipairs(ids) do redis.call('ZADD', due, integer(now / 1000 + $auditIntervalMs), id) end
  return {now, unpack(ids)}
end

-- KEYS room; ARGV seat bytes. Drops the oldest events of a mailbox, at least so many bytes, but not the newest event.
-- A negotiation that waits for the next visitor is dropped as a whole. Returns the bytes that are left.
local function trim(keys, args)
  local prefix, id = split(keys[1])
  local seat, excess = args[1], tonumber(args[2])
  local box = prefix .. seat .. ':' .. id
  local length = redis.call('LLEN', box)
  local found = redis.call('HMGET', keys[1], 'y' .. seat, 'h' .. seat)
  local bytes = tonumber(found[1]) or 0
  if length == 0 then return 0 end
  if excess <= 0 then return bytes end
  if not found[2] or found[2] == '' then
    redis.call('DEL', box)
    return 0
  end
  while excess > 0 and length > 1 do
    local size = #redis.call('LPOP', box)
    bytes, excess, length = bytes - size, excess - size, length - 1
  end
  redis.call('HSET', keys[1], 'y' .. seat, bytes)
  return bytes
end

local function addUsage(key, network, bytes)
  redis.call('INCRBY', key .. ':total', bytes)
  if tonumber(redis.call('ZINCRBY', key .. ':networks', bytes, network)) <= 0 then
    redis.call('ZREM', key .. ':networks', network)
  end
end

local function setUsage(key, now, mailbox, network, bytes)
  local known, earlier = string.match(redis.call('HGET', key, mailbox) or '', '^(.*)|(%d+)$')
  if known then
    redis.call('ZREM', key .. ':of:' .. known, mailbox)
    addUsage(key, known, -tonumber(earlier))
  end
  if bytes == 0 then
    redis.call('HDEL', key, mailbox)
    redis.call('ZREM', key .. ':due', mailbox)
    return
  end
  redis.call('HSET', key, mailbox, network .. '|' .. bytes)
  redis.call('ZADD', key .. ':of:' .. network, bytes, mailbox)
  redis.call('ZADD', key .. ':due', integer(now + $mailboxLifetimeMs), mailbox)
  addUsage(key, network, bytes)
end

local function usageOf(key, network) return tonumber(redis.call('ZSCORE', key .. ':networks', network)) or 0 end

-- The fullest mailboxes of a network, and how many bytes each should lose.
local function addCuts(cuts, key, network, excess)
  local fullest = redis.call('ZREVRANGE', key .. ':of:' .. network, 0, $cutMailboxes - 1, 'WITHSCORES')
  for index = 1, #fullest, 2 do
    if excess <= 0 then return end
    local bytes = math.min(excess, math.ceil(fullest[index + 1] / 2))
    cuts[#cuts + 1] = fullest[index]
    cuts[#cuts + 1] = network
    cuts[#cuts + 1] = fullest[index + 1]
    cuts[#cuts + 1] = integer(bytes)
    excess = excess - bytes
  end
end

-- KEYS the hash of mailboxes; ARGV perNetwork total, number of networks, networks, then for each mailbox: id|seat
-- network bytes. Returns the bytes of all mailboxes; mailboxes to check with their networks; mailboxes to cut with
-- their networks, bytes and bytes to drop; those of the networks in ARGV that are above a limit.
local function account(keys, args)
  local key, now = keys[1], nowMs()
  local perNetwork, limit, count = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
  for index = 4 + count, #args, 3 do setUsage(key, now, args[index], args[index + 1], tonumber(args[index + 2])) end
  local checks, cuts, above = {}, {}, {}
  local due = redis.call('ZRANGEBYSCORE', key .. ':due', '-inf', integer(now), 'LIMIT', 0, $auditRooms)
  for _, mailbox in ipairs(due) do
    redis.call('ZADD', key .. ':due', integer(now + $mailboxLifetimeMs), mailbox)
    checks[#checks + 1] = mailbox
    checks[#checks + 1] = string.match(redis.call('HGET', key, mailbox) or '', '^(.*)|')
  end
  local total = tonumber(redis.call('GET', key .. ':total')) or 0
  -- Above the total limit, networks with less than an equal share may continue.
  local share = total > limit and limit / redis.call('ZCARD', key .. ':networks') or perNetwork
  for index = 4, 3 + count do
    local bytes = usageOf(key, args[index])
    if bytes > math.min(perNetwork, share) then above[#above + 1] = args[index] end
    addCuts(cuts, key, args[index], bytes - perNetwork)
  end
  if total > limit then
    local largest = redis.call('ZREVRANGE', key .. ':networks', 0, 0)[1]
    addCuts(cuts, key, largest, total - limit)
  end
  return {total, checks, cuts, above}
end

-- KEYS rooms. Returns those that do not exist.
local function missing(keys)
  local all = {}
  for _, key in ipairs(keys) do
    if redis.call('HEXISTS', key, 'st') == 0 then all[#all + 1] = key end
  end
  return all
end

-- KEYS the sorted set of nodes; ARGV node isNew isInspecting knownLife, then ids that the node had before. Renews the
-- lease of a node. Its earlier ids are dead, also if Redis lost their leases. Without any data, only a node that knows an
-- earlier life can tell a loss from the first use.
-- Returns the time, whether the node has a lease, the living nodes, the dead ones, the other nodes that inspect, the
-- life, and the life that began with a loss.
local function beat(keys, args)
  local node, now = args[1], nowMs()
  local prefix = string.match(keys[1], '^(.-}:)')
  local life = lifeOf(prefix)
  if args[4] ~= '' and args[4] ~= life then redis.call('HSET', prefix .. 'life', 'lost', life) end
  for index = 5, #args do redis.call('ZADD', keys[1], 0, args[index]) end
  local lease = tonumber(redis.call('ZSCORE', keys[1], node))
  local hasLease = args[2] == '1' or (lease ~= nil and lease > now)
  if hasLease then redis.call('ZADD', keys[1], integer(now + $leaseMs), node) end
  local inspectors = keys[1] .. ':inspectors'
  redis.call('ZREM', inspectors, node)
  redis.call('ZREMRANGEBYSCORE', inspectors, '-inf', integer(now))
  local others = redis.call('ZRANGE', inspectors, 0, -1)
  if args[3] == '1' then redis.call('ZADD', inspectors, integer(now + $leaseMs), node) end
  return {now, hasLease and 1 or 0, redis.call('ZRANGEBYSCORE', keys[1], '(' .. integer(now), '+inf'),
    redis.call('ZRANGEBYSCORE', keys[1], '-inf', integer(now)), others, life,
    redis.call('HGET', prefix .. 'life', 'lost')}
end

-- KEYS the connections of a dead node in one or more tags; ARGV node. Ends its writes. Returns its connections.
local function reap(keys, args)
  local all = {}
  for _, key in ipairs(keys) do
    local prefix = string.match(key, '^(.-}:)')
    redis.call('SET', prefix .. 'dead:' .. args[1], '1', 'PX', $tombstoneMs)
    for _, connection in ipairs(redis.call('SMEMBERS', key)) do all[#all + 1] = connection end
  end
  return all
end

-- While a library loads, Lua has no pairs.
redis.register_function{function_name = '$library_load', callback = load, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_read', callback = read, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_commit', callback = commit, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_whisper', callback = whisper, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_watch', callback = watch, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_unwatch', callback = unwatch, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_offer', callback = offer, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_trace', callback = trace, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_due', callback = due, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_count', callback = count, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_reserve', callback = reserve, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_release', callback = release, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_audit', callback = audit, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_missing', callback = missing, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_trim', callback = trim, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_account', callback = account, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_beat', callback = beat, flags = {'allow-oom'}}
redis.register_function{function_name = '$library_reap', callback = reap, flags = {'allow-oom'}}
-- Only messages fill the memory. Without space for one, its sender has to wait.
redis.register_function('$library_send', send)
