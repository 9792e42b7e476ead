import { callable } from './bullmq-lua.ts';
import { IN_CHUNKS, NAMES, READING, RELEASING } from './prelude.ts';
import { toScript } from './script.ts';

/** Values of each job that {@link insertScript} is given. */
const VALUES_PER_INSERT = 9;

/**
 * Adds jobs: all of them, or none when that would be more than may wait or one has the id of somebody else's job. One whose key, or id, is kept already is
 * not added; the kept one is given back.
 *
 * What it does beside BullMQ, it does for all jobs together, and functions that few calls need are made where they are needed: each call of Redis counts.
 */
export const insertScript = () =>
  toScript(
    NAMES,
    IN_CHUNKS,
    `
-- ARGV: prefix, now, most unfinished jobs or '', number of the first job, how many queues to make ready, those queues, then for each job: queue, id, name,
-- document, priority, attempts, when it is due or '', key or '', milliseconds it is kept at least or ''
local most, number, first = tonumber(ARGV[3]), tonumber(ARGV[4]), 6 + tonumber(ARGV[5])
local jobs, keys = root .. ':jobs', root .. ':keys'

-- Where a job is, and its key, as the index keeps it.
local function entry_of(at)
  local key = ARGV[at + 7]
  return key == '' and ARGV[at] or ARGV[at] .. ' ' .. key
end

-- What the index has for these ids. A job that comes alone is entered in the same call.
local known = {}
local is_alone = first + ${VALUES_PER_INSERT} > #ARGV and call('HSETNX', jobs, ARGV[first + 1], entry_of(first)) == 1
if not is_alone then
  local ids = {}
  for at = first, #ARGV, ${VALUES_PER_INSERT} do ids[#ids + 1] = ARGV[at + 1] end
  in_chunks(ids, function(...)
    local entries = call('HMGET', jobs, ...)
    for position, entry in ipairs(entries) do known[(select(position, ...))] = entry end
  end)
end

-- Which jobs are kept already, and which are fresh.
local twins, fresh, count = {}, {}, 0
local function is_kept(id, entry)
  if fresh[id] then return true end
  return entry and call('EXISTS', base_of(string.match(entry, '^%S+')) .. id) == 1
end
local places, entries, ids_of_keys = {}, {}, {}
for at = first, #ARGV, ${VALUES_PER_INSERT} do
  local id, key = ARGV[at + 1], ARGV[at + 7]
  local twin = key ~= '' and (ids_of_keys[key] or call('HGET', keys, key))
  if not twin or not is_kept(twin, call('HGET', jobs, twin)) then
    twin = is_kept(id, known[id]) and id
    if not twin then
      fresh[id] = true
      count = count + 1
      if key ~= '' then ids_of_keys[key] = id end
      places[count] = base_of(ARGV[at]) .. id
      entries[2 * count - 1], entries[2 * count] = id, entry_of(at)
    end
  end
  twins[at] = twin
end

-- Whether they may be stored.
local function refuse(...)
  if is_alone then call('HDEL', jobs, ARGV[first + 1]) end
  return { ... }
end
local taken = 0
in_chunks(places, function(...) taken = taken + call('EXISTS', ...) end)
if taken > 0 then
  for position, place in ipairs(places) do
    if call('EXISTS', place) == 1 then return refuse('taken', entries[2 * position - 1]) end
  end
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

if not is_alone then in_chunks(entries, function(...) call('HSET', jobs, ...) end) end
for key, id in pairs(ids_of_keys) do call('HSET', keys, key, id) end
if first > 6 then
  ${RELEASING}
  for at = 6, first - 1 do
    if call('SADD', root .. ':queues', ARGV[at]) == 1 then call('PUBLISH', root .. ':news', 'queue') end
    -- Jobs that are due already come before these.
    release(base_of(ARGV[at]))
  end
end

local listed = {}
local function list_later(key, score, id)
  local values = listed[key] or {}
  listed[key] = values
  values[#values + 1], values[#values + 2] = score, id
end
for at = first, #ARGV, ${VALUES_PER_INSERT} do
  if not twins[at] then
    local base, id, document, due = base_of(ARGV[at]), ARGV[at + 1], ARGV[at + 3], tonumber(ARGV[at + 6])
    local arguments = cmsgpack.pack({ base, id, ARGV[at + 2], now })
    local options = { priority = tonumber(ARGV[at + 4]), attempts = tonumber(ARGV[at + 5]) }
    if due then
      ${callable('addDelayedJob')}
      options.delay = due - now
      list_later(list_of(base, 'scheduled'), number, id)
      list_later(dues_of(base, 'scheduled'), due, id)
      bullmq_addDelayedJob(
        { base .. 'marker', base .. 'meta', base .. 'id', base .. 'delayed', base .. 'completed', base .. 'events' },
        { arguments, document, cmsgpack.pack(options) })
    else
      ${callable('addPrioritizedJob')}
      list_later(list_of(base, 'open'), number, id)
      bullmq_addPrioritizedJob(
        { base .. 'marker', base .. 'meta', base .. 'id', base .. 'prioritized', base .. 'delayed', base .. 'completed',
          base .. 'active', base .. 'events', base .. 'pc' },
        { arguments, document, cmsgpack.pack(options) })
    end
    if ARGV[at + 8] ~= '' then call('HSET', base .. id, 'tk:keep', ARGV[at + 8]) end
  end
  number = number + 1
end
for key, values in pairs(listed) do in_chunks(values, function(...) call('ZADD', key, ...) end) end

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
