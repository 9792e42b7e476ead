import { PRELUDE, QUEUES, READING, WAITING } from './prelude.ts';
import { toScript } from './script.ts';

/** Gives a job, or nothing. */
export const readScript = () =>
  toScript(
    PRELUDE,
    READING,
    `
-- ARGV: prefix, now, id
local queue = queue_of(ARGV[3])
return queue and read(queue, ARGV[3]) or false
`,
  );

/** Gives jobs that are active but that no worker holds any more. */
export const stalledScript = () =>
  toScript(
    PRELUDE,
    READING,
    `
-- ARGV: prefix, now, most jobs to give
local stalled = {}
for _, queue in ipairs(call('SMEMBERS', root .. ':queues')) do
  local base = base_of(queue)
  for _, id in ipairs(call('LRANGE', base .. 'active', 0, -1)) do
    if #stalled == tonumber(ARGV[3]) then return stalled end
    if call('EXISTS', base .. id .. ':lock') == 0 then stalled[#stalled + 1] = read(queue, id) end
  end
end
return stalled
`,
  );

/** Gives the milliseconds until a job is due that may be claimed, -1 when none will be, and the queues it looked at. */
export const nextDueScript = () =>
  toScript(
    PRELUDE,
    WAITING,
    QUEUES,
    `
-- ARGV: prefix, now, how many queues are named (0: all; below 0: all but so many), those queues
local queues = queues_from(4, tonumber(ARGV[3]))
-- What BullMQ holds back it does not hand out: a paused queue, one with as many jobs running as it may, one at its rate limit.
local function held_back(base)
  local limits = call('HMGET', base .. 'meta', 'paused', 'concurrency', 'max')
  if limits[1] then return true end
  if limits[2] and call('LLEN', base .. 'active') >= tonumber(limits[2]) then return true end
  return limits[3] and tonumber(call('GET', base .. 'limiter') or 0) >= tonumber(limits[3])
end
local soonest = -1
for _, queue in ipairs(queues) do
  local base = base_of(queue)
  promote(base)
  if not held_back(base) then
    if call('ZCARD', base .. 'prioritized') > 0 or call('LLEN', base .. 'wait') > 0 then
      soonest = 0
    else
      local delayed = call('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES')
      if delayed[2] then
        local wait = math.max(0, math.floor(delayed[2] / 0x1000) - now)
        if soonest == -1 or wait < soonest then soonest = wait end
      end
    end
  end
end
return { soonest, queues }
`,
  );

/** Lets jobs that became due count as pending. Gives 1 when there may be more of them. */
export const promoteScript = () =>
  toScript(
    PRELUDE,
    WAITING,
    QUEUES,
    `
-- ARGV: prefix, now, how many queues are named (0: all), those queues
local has_more = 0
for _, queue in ipairs(queues_from(4, tonumber(ARGV[3]))) do
  if promote(base_of(queue)) == 1000 then has_more = 1 end
end
return has_more
`,
  );

/**
 * Gives how many jobs BullMQ hands out before one that waits: first those that another tool put into `wait`, then by priority and by when they began to wait.
 * Nothing when it does not wait for a worker; -1 when more jobs became due than one call moves, and it is to be asked again.
 */
export const countAheadScript = () =>
  toScript(
    PRELUDE,
    WAITING,
    READING,
    `
-- ARGV: prefix, now, id
local id = ARGV[3]
local queue = queue_of(id)
if not queue then return false end
local base = base_of(queue)
if promote(base) == 1000 then return -1 end
local waiting, rank = call('LLEN', base .. 'wait'), call('ZRANK', base .. 'prioritized', id)
if rank then return waiting + rank end
-- BullMQ takes from the right.
local position = call('LPOS', base .. 'wait', id)
return position and waiting - 1 - position
`,
  );

/** Counts jobs by status, without looking at any: pending, scheduled, processing, retrying, completed, failed, cancelled. */
export const statsScript = () =>
  toScript(
    PRELUDE,
    QUEUES,
    `
-- ARGV: prefix, now, how many queues are named (0: all), those queues
local sums = { 0, 0, 0, 0, 0, 0, 0 }
for _, queue in ipairs(queues_from(4, tonumber(ARGV[3]))) do
  local base = base_of(queue)
  local function count(name) return call('ZCARD', list_of(base, name)) end
  local function due(name) return call('ZCOUNT', dues_of(base, name), '-inf', now) end
  local scheduled, retrying, active = due('scheduled'), due('retrying'), call('LLEN', base .. 'active')
  -- One that is due counts as pending, whether it was moved or not.
  local counts = {
    count('open') + scheduled + retrying - active, count('scheduled') - scheduled, active, count('retrying') - retrying,
    count('completed'), count('failed'), count('cancelled')
  }
  for position, value in ipairs(counts) do sums[position] = sums[position] + math.max(0, value) end
end
return sums
`,
  );

/**
 * Gives a page of jobs in the order of creation, or the other way round, and how many there are. Where the page begins is found by the numbers of the jobs,
 * so that a page far into a list costs no more than the first. Jobs that another tool moved or deleted are put right on the way, and the page is to be asked
 * for again.
 */
export const findScript = () =>
  toScript(
    PRELUDE,
    READING,
    `
-- ARGV: prefix, now, jobs to pass over, jobs to give, '1' for the newest first, how many queues are named (0: all), those queues, statuses
local offset, limit, way = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1' and -1 or 1
local queues, wanted = {}, {}
local count = tonumber(ARGV[6])
for at = 7, 6 + count do queues[#queues + 1] = ARGV[at] end
if count == 0 then queues = call('SMEMBERS', root .. ':queues') end
for at = 7 + count, #ARGV do wanted[ARGV[at]] = true end

-- A source is a list of ours, perhaps without some jobs, or just some jobs. The jobs that workers have are few.
local sources = {}
local function active_of(base)
  local active = {}
  for _, id in ipairs(call('LRANGE', base .. 'active', 0, -1)) do
    local number = call('ZSCORE', list_of(base, 'open'), id)
    if number then active[#active + 1] = { tonumber(number), id } end
  end
  return active
end
local function add_source(queue, name, without, only)
  sources[#sources + 1] = { queue = queue, key = list_of(base_of(queue), name), without = without or {}, only = only }
end
for _, queue in ipairs(queues) do
  if wanted.pending and wanted.processing then
    add_source(queue, 'open')
  elseif wanted.pending then
    add_source(queue, 'open', active_of(base_of(queue)))
  elseif wanted.processing then
    add_source(queue, 'open', nil, active_of(base_of(queue)))
  end
  for _, name in ipairs({ 'scheduled', 'retrying', 'completed', 'failed', 'cancelled' }) do
    if wanted[name] then add_source(queue, name) end
  end
end

-- How many jobs come before a number, the way the page is read.
local function count_before(number)
  local before, text = 0, string.format('%.0f', number)
  local function among(some)
    local passed = 0
    for _, job in ipairs(some) do if way * job[1] < way * number then passed = passed + 1 end end
    return passed
  end
  for _, source in ipairs(sources) do
    if source.only then
      before = before + among(source.only)
    elseif way == 1 then
      before = before + call('ZCOUNT', source.key, '-inf', '(' .. text) - among(source.without)
    else
      before = before + call('ZCOUNT', source.key, '(' .. text, '+inf') - among(source.without)
    end
  end
  return before
end

local total, lowest, highest = 0, nil, nil
for _, source in ipairs(sources) do
  total = total + (source.only and #source.only or call('ZCARD', source.key) - #source.without)
  local low, high = call('ZRANGE', source.key, 0, 0, 'WITHSCORES')[2], call('ZRANGE', source.key, -1, -1, 'WITHSCORES')[2]
  if low then
    lowest, highest = math.min(lowest or low, low), math.max(highest or high, high)
  end
end
local size = math.max(0, math.min(limit, total - offset))
if size == 0 then return { total, {} } end

-- The number at which the page begins: the last, on the way, before which there are no more jobs than are passed over.
local near, far = way * (way == 1 and lowest or highest), way * (way == 1 and highest or lowest)
while offset > 0 and near < far do
  local middle = math.ceil((near + far) / 2)
  if count_before(way * middle) <= offset then near = middle else far = middle - 1 end
end
local start = string.format('%.0f', way * near)
-- Jobs of the very same number, which were added by several processes in one millisecond, come in the order of their ids.
local passed_over = offset == 0 and 0 or offset - count_before(way * near)

local found = {}
for _, source in ipairs(sources) do
  local range = way == 1 and { 'ZRANGEBYSCORE', source.key, start, '+inf' } or { 'ZREVRANGEBYSCORE', source.key, start, '-inf' }
  local is_out = {}
  for _, job in ipairs(source.without) do is_out[job[2]] = true end
  if source.only then
    for _, job in ipairs(source.only) do
      if way * job[1] >= near then found[#found + 1] = { job[1], job[2], source.queue } end
    end
  else
    local ids = call(range[1], range[2], range[3], range[4], 'WITHSCORES', 'LIMIT', 0, passed_over + size + #source.without)
    for at = 1, #ids, 2 do
      if not is_out[ids[at]] then found[#found + 1] = { tonumber(ids[at + 1]), ids[at], source.queue } end
    end
  end
end
table.sort(found, function(one, other)
  if one[1] ~= other[1] then return way * one[1] < way * other[1] end
  if way == 1 then return one[2] < other[2] end
  return one[2] > other[2]
end)

local jobs, was_wrong = {}, false
local lists = { pending = 'open', processing = 'open' }
for position = passed_over + 1, math.min(passed_over + size, #found) do
  local id, queue = found[position][2], found[position][3]
  local base, job = base_of(queue), read(queue, id)
  local name = job and (lists[job[3]] or job[3])
  if not job or name == '' then
    unlist(base, id)
    call('HDEL', root .. ':jobs', id)
    was_wrong = true
  elseif not call('ZSCORE', list_of(base, name), id) then
    list(base, id, name, job[5] > 0 and job[5] or nil)
    was_wrong = true
  end
  jobs[#jobs + 1] = job
end
if was_wrong then return false end
return { total, jobs }
`,
  );
