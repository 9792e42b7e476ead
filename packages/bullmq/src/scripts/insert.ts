import { callable } from './bullmq-lua.ts';
import { PRELUDE, READING, WAITING } from './prelude.ts';
import { toScript } from './script.ts';

/** Values of each job that {@link insertScript} is given. */
export const VALUES_PER_INSERT = 8;

/**
 * Adds jobs: all of them, or none when that would be more than may wait or one has the id of somebody else's job. One whose key, or id, is kept already is
 * not added; the kept one is given back.
 */
export const insertScript = () =>
  toScript(
    PRELUDE,
    WAITING,
    READING,
    callable('addPrioritizedJob', 'addDelayedJob'),
    `
-- ARGV: prefix, now, most unfinished jobs or '', then for each job: queue, id, name, document, priority, attempts, when it is due or '', key or ''
local most = tonumber(ARGV[3])
local jobs = {}
for at = 4, #ARGV, ${VALUES_PER_INSERT} do
  jobs[#jobs + 1] = {
    queue = ARGV[at], id = ARGV[at + 1], name = ARGV[at + 2], document = ARGV[at + 3], priority = tonumber(ARGV[at + 4]),
    attempts = tonumber(ARGV[at + 5]), due = tonumber(ARGV[at + 6]), key = ARGV[at + 7]
  }
end

-- What is kept, and what is fresh.
local fresh, ids_of_keys, count = {}, {}, 0
local function kept(id)
  local queue = id and queue_of(id)
  return queue and call('EXISTS', base_of(queue) .. id) == 1 and id or nil
end
local function twin_of(job)
  if job.key ~= '' then
    local id = ids_of_keys[job.key] or kept(call('HGET', root .. ':keys', job.key))
    if id then return id end
  end
  return fresh[job.id] and job.id or kept(job.id)
end
for position, job in ipairs(jobs) do
  job.twin = twin_of(job)
  if not job.twin then
    if call('EXISTS', base_of(job.queue) .. job.id) == 1 then return { 'taken', position } end
    fresh[job.id] = true
    if job.key ~= '' then ids_of_keys[job.key] = job.id end
    count = count + 1
  end
end

-- Whether they fit.
if most and count > 0 then
  local unfinished = 0
  for _, queue in ipairs(call('SMEMBERS', root .. ':queues')) do
    for _, name in ipairs({ 'open', 'scheduled', 'retrying' }) do
      unfinished = unfinished + call('ZCARD', list_of(base_of(queue), name))
    end
  end
  if unfinished + count > most then return { 'full', unfinished, count } end
end

local number = call('INCRBY', root .. ':numbers', count) - count
local is_ready = {}
local function make_ready(queue)
  if is_ready[queue] then return end
  is_ready[queue] = true
  if call('SADD', root .. ':queues', queue) == 1 then call('PUBLISH', root .. ':news', 'queue') end
  -- Jobs that are due already come before these.
  promote(base_of(queue))
end

local function add(job)
  local base, name = base_of(job.queue), job.due and 'scheduled' or 'open'
  number = number + 1
  call('HSET', root .. ':jobs', job.id, job.key == '' and job.queue or job.queue .. ' ' .. job.key)
  if job.key ~= '' then call('HSET', root .. ':keys', job.key, job.id) end
  call('ZADD', list_of(base, name), number, job.id)
  local arguments = cmsgpack.pack({ base, job.id, job.name, now })
  local options = { priority = job.priority, attempts = job.attempts }
  if job.due then
    call('ZADD', dues_of(base, name), job.due, job.id)
    options.delay = job.due - now
    bullmq_addDelayedJob(
      { base .. 'marker', base .. 'meta', base .. 'id', base .. 'delayed', base .. 'completed', base .. 'events' },
      { arguments, job.document, cmsgpack.pack(options) })
  else
    bullmq_addPrioritizedJob(
      { base .. 'marker', base .. 'meta', base .. 'id', base .. 'prioritized', base .. 'delayed', base .. 'completed',
        base .. 'active', base .. 'events', base .. 'pc' },
      { arguments, job.document, cmsgpack.pack(options) })
  end
end
for _, job in ipairs(jobs) do
  if not job.twin then
    make_ready(job.queue)
    add(job)
  end
end

local inserted = {}
for position, job in ipairs(jobs) do
  inserted[position] = job.twin and read(queue_of(job.twin), job.twin) or 1
end
return { 'ok', inserted }
`,
  );
