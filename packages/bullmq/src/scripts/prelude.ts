/*
 * Lua that the scripts share. In Redis a job is BullMQ's: a hash, and its id in one of BullMQ's lists. Beside those we keep, for each queue, the ids by the
 * order of creation, one sorted set a status; a job's number in that order, see `JobNumbers`, never changes. For all queues there are, under
 * `<prefix>:townkrier:index`, which queue a job is in, which job has an idempotency key, and the names of the queues.
 *
 * Every script gets `<prefix>:townkrier:index` as its only key (all keys of a prefix are on one server), and the prefix and the moment as its first two
 * arguments.
 */
export const NAMES = `
local call = redis.call
local root, prefix, now = KEYS[1], ARGV[1], tonumber(ARGV[2])

local function base_of(queue) return prefix .. ':' .. queue .. ':' end

-- The jobs of a queue in the order of creation: 'open' (pending or processing), 'scheduled', 'retrying', 'completed', 'failed', 'cancelled'.
local function list_of(base, name) return base .. 'townkrier:' .. name end

-- When the jobs on a list that waits for time are due.
local function dues_of(base, name) return base .. 'townkrier:due:' .. name end

-- When finished jobs go that are kept so long at most. Those that wait again may be on it.
local function leaving_of(base) return base .. 'townkrier:leaving' end
`;

/** Which queues a call is about. */
export const QUEUES = `
-- With a count of 0 all, below 0 all but those named, otherwise those named.
local function queues_from(first, count)
  local named, queues = {}, {}
  for at = first, first + math.abs(count) - 1 do
    queues[#queues + 1] = ARGV[at]
    named[ARGV[at]] = true
  end
  if count > 0 then return queues end
  queues = {}
  for _, queue in ipairs(call('SMEMBERS', root .. ':queues')) do
    if not named[queue] then queues[#queues + 1] = queue end
  end
  return queues
end
`;

/** Calls with many values: Lua hands over no more than some thousands at once. */
export const IN_CHUNKS = `
local function in_chunks(values, action)
  for from = 1, #values, 1000 do action(unpack(values, from, math.min(from + 999, #values))) end
end
`;

/** Moving jobs from list to list. */
export const RELISTING = `
-- Takes a job off the list it is on. Gives its number.
local function unlist(base, id)
  for _, name in ipairs({ 'open', 'retrying', 'scheduled', 'failed', 'cancelled', 'completed' }) do
    local number = call('ZSCORE', list_of(base, name), id)
    if number then
      call('ZREM', list_of(base, name), id)
      if name == 'retrying' or name == 'scheduled' then call('ZREM', dues_of(base, name), id) end
      return number
    end
  end
  return nil
end

-- Puts a job on a list, and on no other.
local function list(base, id, name, due)
  call('ZADD', list_of(base, name), unlist(base, id) or now * 1024, id)
  if due then call('ZADD', dues_of(base, name), due, id) end
end
`;

/** What most scripts need. */
export const PRELUDE = NAMES + RELISTING;

/** Letting jobs wait for a worker. Uses nothing but {@link NAMES}. */
export const RELEASING = `
-- Lets a job wait for a worker, behind those of its priority.
local function await_worker(base, id, from)
  local priority = tonumber(call('HGET', base .. id, 'priority')) or 0
  if priority == 0 then
    call('LPUSH', base .. 'wait', id)
  else
    local count = call('INCR', base .. 'pc')
    call('ZADD', base .. 'prioritized', priority * 0x100000000 + count % 0x100000000, id)
  end
  call('HSET', base .. id, 'delay', 0)
  call('ZADD', base .. 'marker', 0, '0')
  call('XADD', base .. 'events', 'MAXLEN', '~', 10000, '*', 'event', 'waiting', 'jobId', id, 'prev', from)
end

-- Lets jobs that became due wait for a worker. BullMQ does that too, when a worker asks; ours comes before others are added behind them. Gives how many.
local function release(base)
  local due = call('ZRANGEBYSCORE', base .. 'delayed', 0, (now + 1) * 0x1000 - 1, 'LIMIT', 0, 1000)
  for _, id in ipairs(due) do
    call('ZREM', base .. 'delayed', id)
    await_worker(base, id, 'delayed')
  end
  return #due
end
`;

/** Moving jobs to where workers take them from. */
export const WAITING = `${RELEASING}
-- Lets jobs that became due wait for a worker, and puts them on the list of those that wait for no time. Gives how many, at least.
local function promote(base)
  local count = release(base)
  for _, name in ipairs({ 'scheduled', 'retrying' }) do
    local listed = call('ZRANGEBYSCORE', dues_of(base, name), '-inf', now, 'LIMIT', 0, 1000)
    for _, id in ipairs(listed) do list(base, id, 'open') end
    count = math.max(count, #listed)
  end
  return count
end
`;

/** Reading a job. */
export const READING = `
local function queue_of(id)
  local entry = call('HGET', root .. ':jobs', id)
  return entry and string.match(entry, '^%S+')
end

-- In which of its lists BullMQ keeps a job, and with which score.
local function place_of(base, id)
  for _, name in ipairs({ 'completed', 'prioritized', 'delayed', 'failed' }) do
    local score = call('ZSCORE', base .. name, id)
    if score then return name, score end
  end
  if call('EXISTS', base .. id .. ':lock') == 1 or call('LPOS', base .. 'active', id) then return 'active' end
  if call('LPOS', base .. 'wait', id) then return 'wait' end
  return ''
end

local function status_of(base, id)
  local place, score = place_of(base, id)
  local status, due = 'pending', 0
  if place == 'completed' or place == '' then
    status = place
  elseif place == 'active' then
    status = 'processing'
  elseif place == 'failed' then
    status = call('ZSCORE', list_of(base, 'cancelled'), id) and 'cancelled' or 'failed'
  elseif place == 'delayed' then
    due = math.floor(score / 0x1000)
    if due > now then status = call('ZSCORE', list_of(base, 'retrying'), id) and 'retrying' or 'scheduled' end
  end
  return status, place, due
end

-- A job, or nil: queue, id, status, place, when it is due if it is delayed, its hash, its log.
local function read(queue, id)
  local base = base_of(queue)
  local hash = call('HGETALL', base .. id)
  if #hash == 0 then return nil end
  local status, place, due = status_of(base, id)
  return { queue, id, status, place, due, hash, call('LRANGE', base .. id .. ':logs', 0, -1) }
end
`;

/** Whether a worker still holds a job. */
export const HOLDING = `
-- A lock that ran out while nobody took the job is taken again: its worker was only slow.
local function holds(base, id, token, started, lease)
  local lock = call('GET', base .. id .. ':lock')
  if lock then return lock == token end
  if call('HGET', base .. id, 'ats') ~= started or not call('LPOS', base .. 'active', id) then return false end
  call('SET', base .. id .. ':lock', token, 'PX', lease)
  return true
end
`;

/** Forgetting a job. */
export const ERASING = `
local function erase(base, id)
  bullmq_removeJob({ base .. id, base .. 'repeat' }, { id, '0', base })
  unlist(base, id)
  call('ZREM', leaving_of(base), id)
  local entry = call('HGET', root .. ':jobs', id)
  local key = entry and string.match(entry, '^%S+ (.*)$')
  call('HDEL', root .. ':jobs', id)
  if key and call('HGET', root .. ':keys', key) == id then call('HDEL', root .. ':keys', key) end
end
`;
