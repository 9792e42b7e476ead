import { callable } from './bullmq-lua.ts';
import { NAMES, READING, RELEASING } from './prelude.ts';
import { toScript } from './script.ts';

/** Values of each job that {@link insertScript} is given. */
const VALUES_PER_INSERT = 8;

/**
 * Adds jobs: all of them, or none when that would be more than may wait or one has the id of somebody else's job. One whose key, or id, is kept already is
 * not added; the kept one is given back.
 *
 * It is run for every job that is added alone, and each call of Redis counts there: so functions are made where they are needed only.
 */
export const insertScript = () =>
  toScript(
    NAMES,
    `
-- ARGV: prefix, now, most unfinished jobs or '', number of the first job, how many queues to make ready, those queues, then for each job: queue, id, name,
-- document, priority, attempts, when it is due or '', key or ''
local most, number, first = tonumber(ARGV[3]), tonumber(ARGV[4]), 6 + tonumber(ARGV[5])
local jobs, keys = root .. ':jobs', root .. ':keys'

-- Which jobs are kept already, and which are fresh: the latter are entered at once, and struck out again when they must not be stored.
local twins, fresh, count = {}, {}, 0
local function is_kept(id)
  if fresh[id] then return true end
  local queue = string.match(call('HGET', jobs, id) or '', '^%S+')
  return queue and call('EXISTS', base_of(queue) .. id) == 1
end
local function refuse(...)
  for id, key in pairs(fresh) do
    call('HDEL', jobs, id)
    if key ~= '' then call('HDEL', keys, key) end
  end
  return { ... }
end
for at = first, #ARGV, ${VALUES_PER_INSERT} do
  local queue, id, key = ARGV[at], ARGV[at + 1], ARGV[at + 7]
  local twin = key ~= '' and call('HGET', keys, key)
  if not twin or not is_kept(twin) then
    local entry = key == '' and queue or queue .. ' ' .. key
    local is_known = call('HSETNX', jobs, id, entry) == 0
    twin = is_known and is_kept(id) and id
    if not twin then
      -- One that is known and not kept was deleted by another tool.
      if is_known then call('HSET', jobs, id, entry) end
      fresh[id] = key
      count = count + 1
      if key ~= '' then call('HSET', keys, key, id) end
      if call('EXISTS', base_of(queue) .. id) == 1 then return refuse('taken', (at - first) / ${VALUES_PER_INSERT}) end
    end
  end
  twins[at] = twin
end

if most and count > 0 then
  local unfinished = 0
  for _, queue in ipairs(call('SMEMBERS', root .. ':queues')) do
    for _, name in ipairs({ 'open', 'scheduled', 'retrying' }) do
      unfinished = unfinished + call('ZCARD', list_of(base_of(queue), name))
    end
  end
  if unfinished + count > most then return refuse('full', unfinished, count) end
end

if first > 6 then
  ${RELEASING}
  for at = 6, first - 1 do
    if call('SADD', root .. ':queues', ARGV[at]) == 1 then call('PUBLISH', root .. ':news', 'queue') end
    -- Jobs that are due already come before these.
    release(base_of(ARGV[at]))
  end
end

for at = first, #ARGV, ${VALUES_PER_INSERT} do
  if not twins[at] then
    local base, id, document, due = base_of(ARGV[at]), ARGV[at + 1], ARGV[at + 3], tonumber(ARGV[at + 6])
    local arguments = cmsgpack.pack({ base, id, ARGV[at + 2], now })
    local options = { priority = tonumber(ARGV[at + 4]), attempts = tonumber(ARGV[at + 5]) }
    if due then
      ${callable('addDelayedJob')}
      options.delay = due - now
      call('ZADD', list_of(base, 'scheduled'), number, id)
      call('ZADD', dues_of(base, 'scheduled'), due, id)
      bullmq_addDelayedJob(
        { base .. 'marker', base .. 'meta', base .. 'id', base .. 'delayed', base .. 'completed', base .. 'events' },
        { arguments, document, cmsgpack.pack(options) })
    else
      ${callable('addPrioritizedJob')}
      call('ZADD', list_of(base, 'open'), number, id)
      bullmq_addPrioritizedJob(
        { base .. 'marker', base .. 'meta', base .. 'id', base .. 'prioritized', base .. 'delayed', base .. 'completed',
          base .. 'active', base .. 'events', base .. 'pc' },
        { arguments, document, cmsgpack.pack(options) })
    end
  end
  number = number + 1
end

local has_twins = false
for at = first, #ARGV, ${VALUES_PER_INSERT} do has_twins = has_twins or twins[at] end
if not has_twins then return { 'ok' } end

${READING}
local inserted = {}
for at = first, #ARGV, ${VALUES_PER_INSERT} do
  inserted[#inserted + 1] = twins[at] and read(queue_of(twins[at]), twins[at]) or 1
end
return { 'ok', inserted }
`,
  );
