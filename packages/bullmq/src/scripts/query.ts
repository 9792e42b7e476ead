import { PRELUDE, READING, WAITING } from './prelude.ts';
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

const QUEUES = `
local function queues_from(first, count)
  local queues = {}
  for at = first, first + count - 1 do queues[#queues + 1] = ARGV[at] end
  return count == 0 and call('SMEMBERS', root .. ':queues') or queues
end
`;

/** Gives the milliseconds until a job is due that may be claimed, -1 when none will be, and the queues it looked at. */
export const nextDueScript = () =>
  toScript(
    PRELUDE,
    WAITING,
    QUEUES,
    `
-- ARGV: prefix, now, how many queues are named (0: all), those queues
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
 * Gives a page of jobs in the order of creation, oldest first, and how many there are. It finds where the page begins by the numbers of the jobs, so that a
 * page far into a list costs no more than the first. Jobs that another tool moved or deleted are put right on the way, and the page is to be asked for again.
 */
export const findScript = () =>
  toScript(
    PRELUDE,
    READING,
    `
-- ARGV: prefix, now, jobs to pass over, jobs to give, '1' to count from the newest, how many queues are named (0: all), those queues, statuses
local queues, wanted = {}, {}
local count = tonumber(ARGV[6])
for at = 7, 6 + count do queues[#queues + 1] = ARGV[at] end
if count == 0 then queues = call('SMEMBERS', root .. ':queues') end
for at = 7 + count, #ARGV do wanted[ARGV[at]] = true end

-- The jobs of a queue that a worker has: their numbers, in order, and their ids.
local function active_of(base)
  local active = {}
  for _, id in ipairs(call('LRANGE', base .. 'active', 0, -1)) do
    local number = call('ZSCORE', list_of(base, 'open'), id)
    if number then active[#active + 1] = { number = tonumber(number), id = id } end
  end
  table.sort(active, function(one, other) return one.number < other.number end)
  return active
end

-- A source is a list of ours, perhaps without some, or just some jobs.
local sources = {}
for _, queue in ipairs(queues) do
  local base = base_of(queue)
  if wanted.pending and wanted.processing then
    sources[#sources + 1] = { queue = queue, key = list_of(base, 'open'), without = {} }
  elseif wanted.pending then
    sources[#sources + 1] = { queue = queue, key = list_of(base, 'open'), without = active_of(base) }
  elseif wanted.processing then
    sources[#sources + 1] = { queue = queue, only = active_of(base) }
  end
  for _, name in ipairs({ 'scheduled', 'retrying', 'completed', 'failed', 'cancelled' }) do
    if wanted[name] then sources[#sources + 1] = { queue = queue, key = list_of(base, name), without = {} } end
  end
end

local function below(some, number)
  local under = 0
  for _, job in ipairs(some) do if job.number < number then under = under + 1 end end
  return under
end
local function count_below(number)
  local under = 0
  for _, source in ipairs(sources) do
    if source.only then
      under = under + below(source.only, number)
    else
      under = under + call('ZCOUNT', source.key, '-inf', '(' .. number) - below(source.without, number)
    end
  end
  return under
end

local newest = tonumber(call('GET', root .. ':numbers') or 0)
local total = count_below(newest + 1)
local offset, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
local size = math.max(0, math.min(limit, total - offset))
local start = ARGV[5] == '1' and total - offset - size or offset
if size == 0 then return { total, {} } end

-- The number of the job with which the page begins: the highest that has no more than \`start\` below it.
local low, high = 0, newest
while start > 0 and low < high do
  local middle = math.ceil((low + high) / 2)
  if count_below(middle) <= start then low = middle else high = middle - 1 end
end

local found = {}
for _, source in ipairs(sources) do
  if source.only then
    for _, job in ipairs(source.only) do
      if job.number >= low then found[#found + 1] = { job.number, source.queue, job.id } end
    end
  else
    local is_out = {}
    for _, job in ipairs(source.without) do is_out[job.id] = true end
    local ids = call('ZRANGEBYSCORE', source.key, low, '+inf', 'WITHSCORES', 'LIMIT', 0, size + #source.without)
    for at = 1, #ids, 2 do
      if not is_out[ids[at]] then found[#found + 1] = { tonumber(ids[at + 1]), source.queue, ids[at] } end
    end
  end
end
table.sort(found, function(one, other) return one[1] < other[1] end)

local jobs, was_wrong = {}, false
local lists = { pending = 'open', processing = 'open' }
for position = 1, math.min(size, #found) do
  local queue, id = found[position][2], found[position][3]
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
  jobs[position] = job
end
if was_wrong then return false end
return { total, jobs }
`,
  );
