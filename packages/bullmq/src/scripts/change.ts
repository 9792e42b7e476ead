import { callable } from './bullmq-lua.ts';
import { ERASING, HOLDING, PRELUDE, READING, WAITING } from './prelude.ts';
import { toScript } from './script.ts';

/** Stores what a running attempt says, while its worker holds the job. Gives 1, or 0 when it does not. */
export const updateScript = () =>
  toScript(
    PRELUDE,
    HOLDING,
    callable('updateProgress', 'addLog'),
    `
-- ARGV: prefix, now, queue, id, token, which start of the job it was, milliseconds of the lease, progress as JSON or '', deliveries as JSON or '', line of the
-- log or '', how many lines are kept
local base, id = base_of(ARGV[3]), ARGV[4]
local job = base .. id
if not holds(base, id, ARGV[5], ARGV[6], tonumber(ARGV[7])) then return 0 end
call('HSET', job, 'tk:at', now)
if ARGV[8] ~= '' then bullmq_updateProgress({ job, base .. 'events', base .. 'meta' }, { id, ARGV[8] }) end
if ARGV[9] ~= '' then call('HSET', job, 'tk:deliveries', ARGV[9]) end
if ARGV[10] ~= '' then bullmq_addLog({ job, job .. ':logs' }, { id, ARGV[10], ARGV[11] }) end
return 1
`,
  );

/** Holds jobs for another lease. Gives for each 1, or 0 when it was lost. */
export const extendScript = () =>
  toScript(
    PRELUDE,
    HOLDING,
    `
-- ARGV: prefix, now, milliseconds of the lease, then for each job: queue, id, token, which start of the job it was
local held = {}
for at = 4, #ARGV, 4 do
  local base, id = base_of(ARGV[at]), ARGV[at + 1]
  local is_held = holds(base, id, ARGV[at + 2], ARGV[at + 3], ARGV[3])
  if is_held then
    call('PEXPIRE', base .. id .. ':lock', ARGV[3])
    call('SREM', base .. 'stalled', id)
  end
  held[#held + 1] = is_held and 1 or 0
end
return held
`,
  );

/**
 * Changes a job that nobody changed since it was read: writes fields of it, and moves it. Gives 1, or 0 when somebody did, or a worker holds it that must
 * not.
 */
export const changeScript = () =>
  toScript(
    PRELUDE,
    WAITING,
    READING,
    `
-- ARGV: prefix, now, queue, id, then as it was read: place, starts, our state; then the list it gets ('' to stay), why it ended or '', '1' if no worker may
-- hold it, when it goes at the latest or '', and its new fields, each with its value
local base, id, place, to, reason = base_of(ARGV[3]), ARGV[4], ARGV[5], ARGV[8], ARGV[9]
local job = base .. id
local is_same = place_of(base, id) == place and (call('HGET', job, 'ats') or '0') == ARGV[6] and (call('HGET', job, 'tk:state') or '') == ARGV[7]
if not is_same or (ARGV[10] == '1' and call('EXISTS', job .. ':lock') == 1) then return 0 end

if #ARGV > 11 then call('HSET', job, unpack(ARGV, 12)) end
if to == '' then return 1 end

if place == 'active' then
  call('LREM', base .. 'active', -1, id)
  call('DEL', job .. ':lock')
  call('SREM', base .. 'stalled', id)
elseif place == 'wait' then
  call('LREM', base .. 'wait', 1, id)
else
  call('ZREM', base .. place, id)
end
if to == 'open' then
  if place == 'failed' then call('HDEL', job, 'finishedOn', 'failedReason', 'stacktrace', 'progress') end
  promote(base)
  await_worker(base, id, place)
else
  call('HSET', job, 'failedReason', reason, 'finishedOn', now)
  call('ZADD', base .. 'failed', now, id)
  call('XADD', base .. 'events', 'MAXLEN', '~', 10000, '*', 'event', 'failed', 'jobId', id, 'failedReason', reason, 'prev', place)
  if place == 'active' then call('PUBLISH', root .. ':news', 'revoked ' .. ARGV[6] .. ' ' .. id) end
end
list(base, id, to)
if ARGV[11] ~= '' then call('ZADD', leaving_of(base), ARGV[11], id) end
return 1
`,
  );

/** Forgets a job that no worker holds. Gives it as it was; a job that is processing is not forgotten. */
export const removeScript = () =>
  toScript(
    PRELUDE,
    READING,
    callable('removeJob'),
    ERASING,
    `
-- ARGV: prefix, now, id
local id = ARGV[3]
local queue = queue_of(id)
local job = queue and read(queue, id)
if job and job[4] ~= 'active' then erase(base_of(queue), id) end
return job or false
`,
  );

/**
 * Forgets finished jobs of ours for which the history counts from before a moment, the oldest first. Gives how many, and how many it passed over: somebody else's,
 * and those that are kept longer.
 */
export const evictScript = () =>
  toScript(
    PRELUDE,
    READING,
    callable('removeJob'),
    ERASING,
    `
-- ARGV: prefix, now, queue, 'completed' or 'failed', the moment, jobs to pass over, jobs to look at
local base = base_of(ARGV[3])
local erased, passed = 0, 0
local ended = call('ZRANGEBYSCORE', base .. ARGV[4], '-inf', '(' .. ARGV[5], 'WITHSCORES', 'LIMIT', ARGV[6], ARGV[7])
for at = 1, #ended, 2 do
  local id = ended[at]
  local counts_from = tonumber(ended[at + 1]) + (tonumber(call('HGET', base .. id, 'tk:keep') or nil) or 0)
  if counts_from < tonumber(ARGV[5]) and queue_of(id) == ARGV[3] then
    erase(base, id)
    erased = erased + 1
  else
    passed = passed + 1
  end
end
return { erased, passed }
`,
  );

/**
 * Forgets jobs that are kept so long at most, those first whose time was over first. Gives how many it looked at. One that was started again and did not end since, or
 * failed, is only taken off the list; where it ends, it gets a moment anew.
 */
export const evictLeavingScript = () =>
  toScript(
    PRELUDE,
    READING,
    callable('removeJob'),
    ERASING,
    `
-- ARGV: prefix, now, queue, jobs to look at
local base = base_of(ARGV[3])
local ids = call('ZRANGEBYSCORE', leaving_of(base), '-inf', now, 'LIMIT', 0, ARGV[4])
for _, id in ipairs(ids) do
  local status = status_of(base, id)
  if status == 'completed' or status == 'cancelled' then
    erase(base, id)
  else
    call('ZREM', leaving_of(base), id)
  end
end
return #ids
`,
  );
