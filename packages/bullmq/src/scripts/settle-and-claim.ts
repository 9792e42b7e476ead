import { callable } from './bullmq-lua.ts';
import { HOLDING, IN_CHUNKS, NAMES, QUEUES, RELISTING, WAITING } from './prelude.ts';
import { toScript } from './script.ts';

/** What the document of a job of ours begins with; a job without it was added by somebody else. */
const DOCUMENT_MARK = '{"townkrier":1,';

/** Why a job of somebody else's fails. */
const NOT_OURS =
  'This job was not added through TownKrier, whose workers serve this queue. Give jobs of your own a queue, or a prefix, of their own.';

/** Values of each settlement that {@link settleAndClaimScript} is given. */
const VALUES_PER_SETTLEMENT = 13;

/** What comes before settlements and claims. Functions that few calls need are made where they are needed: making all of them cost as much as a job. */
const START = `
-- ARGV: prefix, now, worker, milliseconds of the lease, token for what is claimed, how many to claim, how many queues are named (0: all; below 0: all but so
-- many), those queues, then for each settlement: queue, id, number, token, which start of the job it was, status it gets, result or stack as JSON, our state as
-- JSON, reason, milliseconds of delay, deliveries as JSON or '', '1' if it may have been stored before, when it goes at the latest or ''
local worker, lease, own_token, limit = ARGV[3], tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local named = tonumber(ARGV[7])
local queues, first = {}, 8 + math.abs(named)
if named > 0 or limit > 0 then
  ${QUEUES}
  queues = queues_from(8, named)
end

local claimed, is_drained = {}, false

local packed = {}
local function options_with(token)
  packed[token] = packed[token] or cmsgpack.pack({
    token = token, name = worker, lockDuration = lease, keepJobs = { count = -1 }, attempts = 1, maxMetricsSize = ''
  })
  return packed[token]
end

local keys_of_ends = {}
local function finish(base, id, target, values)
  local keys = keys_of_ends[base .. target]
  if not keys then
    keys = {
      base .. 'wait', base .. 'active', base .. 'prioritized', base .. 'events', base .. 'stalled', base .. 'limiter',
      base .. 'delayed', base .. 'paused', base .. 'meta', base .. 'pc', base .. target, '', base .. 'metrics:' .. target,
      base .. 'marker'
    }
    keys_of_ends[base .. target] = keys
  end
  keys[12] = base .. id
  return bullmq_moveToFinished(keys, {
    id, now, target == 'completed' and 'returnvalue' or 'failedReason', values.text, target, values.fetch and '1' or '0', base,
    options_with(values.token), values.fields or ''
  })
end

-- Notes a job that BullMQ made active. One that is none of ours fails.
local function take(queue, token, reply)
  local base, hash, id = base_of(queue), reply[1], reply[2]
  local document, starts
  for at = 1, #hash, 2 do
    if hash[at] == 'data' then document = hash[at + 1] elseif hash[at] == 'ats' then starts = hash[at + 1] end
  end
  if document and string.sub(document, 1, ${DOCUMENT_MARK.length}) == '${DOCUMENT_MARK}' then
    local log = starts == '1' and {} or call('LRANGE', base .. id .. ':logs', 0, -1)
    claimed[#claimed + 1] = { queue, id, token, hash, log }
  else
    finish(base, id, 'failed', { text = '${NOT_OURS}', token = token })
  end
end
`;

const settling = () => `
-- Where BullMQ puts a job that ends so; with the end of a job of the only queue it hands out the next one.
local function move(base, id, to, values)
  if to == 'completed' then return finish(base, id, to, values) end
  local fields = { 'tk:state', values.state, 'tk:at', now }
  if to == 'pending' then
    ${callable('retryJob')}
    return bullmq_retryJob(
      { base .. 'active', base .. 'wait', base .. 'paused', base .. id, base .. 'meta', base .. 'events', base .. 'delayed',
        base .. 'prioritized', base .. 'pc', base .. 'marker', base .. 'stalled' },
      { base, now, 'LPUSH', id, values.token, cmsgpack.pack(fields) })
  end
  for _, field in ipairs({ 'failedReason', values.reason, 'stacktrace', values.text }) do fields[#fields + 1] = field end
  fields = cmsgpack.pack(fields)
  if to == 'failed' or to == 'cancelled' then
    return finish(base, id, 'failed', { text = values.reason, token = values.token, fetch = values.fetch, fields = fields })
  end
  ${callable('moveToDelayed')}
  return bullmq_moveToDelayed(
    { base .. 'marker', base .. 'active', base .. 'prioritized', base .. 'delayed', base .. id, base .. 'events',
      base .. 'meta', base .. 'stalled', base .. 'wait', base .. 'limiter', base .. 'pc' },
    { base, now, id, values.token, values.delay, '0', fields, values.fetch and '1' or '0', options_with(values.token) })
end

-- Puts a job that was moved on the list of its new status. Of those that completed, as most do, that is noted, and done for all together.
local completed = {}
local function relist(base, id, to, values)
  if to == 'completed' then
    local some = completed[base] or { ids = {}, numbered = {} }
    completed[base] = some
    some.ids[#some.ids + 1] = id
    some.numbered[#some.numbered + 1], some.numbered[#some.numbered + 2] = values.number, id
  else
    ${RELISTING}
    list(base, id, to == 'pending' and 'open' or to, to == 'retrying' and now + values.delay or nil)
  end
end
local function relist_completed(base, some)
  local gone = 0
  in_chunks(some.ids, function(...) gone = gone + call('ZREM', list_of(base, 'open'), ...) end)
  if gone < #some.ids then
    -- BullMQ handed out some that were due before we had noticed, or that another tool had started again.
    ${RELISTING}
    for _, id in ipairs(some.ids) do unlist(base, id) end
  end
  in_chunks(some.numbered, function(...) call('ZADD', list_of(base, 'completed'), ...) end)
end

-- Whether a settlement that is told again was stored the first time.
local function was_settled(base, id, starts, to, reason)
  local places = { completed = 'completed', failed = 'failed', cancelled = 'failed', retrying = 'delayed', pending = 'prioritized' }
  if call('HGET', base .. id, 'ats') ~= starts or not call('ZSCORE', base .. places[to], id) then return false end
  return places[to] ~= 'failed' or (call('ZSCORE', list_of(base, to), id) and call('HGET', base .. id, 'failedReason') == reason)
end

-- Gives 1 when it is stored, 0 when it is refused.
local function settle(at)
  local queue, id, token, starts, to = ARGV[at], ARGV[at + 1], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5]
  local base = base_of(queue)
  local values = {
    number = ARGV[at + 2], token = token, text = ARGV[at + 6], state = ARGV[at + 7], reason = ARGV[at + 8],
    delay = tonumber(ARGV[at + 9]),
    fetch = #queues == 1 and queues[1] == queue and to ~= 'pending' and #claimed < limit and not is_drained
  }
  local reply = move(base, id, to, values)
  if reply == -2 then
    -- There is no lock. If nobody took the job meanwhile, its worker was only slow.
    ${HOLDING}
    if holds(base, id, token, starts, lease) then reply = move(base, id, to, values) end
  end
  if type(reply) == 'number' and reply < 0 then
    return ARGV[at + 11] == '1' and was_settled(base, id, starts, to, values.reason) and 1 or 0
  end
  if ARGV[at + 10] ~= '' then call('HSET', base .. id, 'tk:deliveries', ARGV[at + 10]) end
  relist(base, id, to, values)
  if ARGV[at + 12] ~= '' then call('ZADD', leaving_of(base), ARGV[at + 12], id) end
  if values.fetch then
    if type(reply) == 'table' and type(reply[1]) == 'table' then take(queue, token, reply) else is_drained = true end
  end
  return 1
end
for at = first, #ARGV, ${VALUES_PER_SETTLEMENT} do results[#results + 1] = settle(at) end
for base, some in pairs(completed) do relist_completed(base, some) end
`;

const claiming = () => `
${callable('moveToActive')}
-- Claims the next job of a queue. Gives whether there was one.
local function claim_from(queue)
  local base = base_of(queue)
  local reply = bullmq_moveToActive(
    { base .. 'wait', base .. 'active', base .. 'prioritized', base .. 'events', base .. 'stalled', base .. 'limiter',
      base .. 'delayed', base .. 'paused', base .. 'meta', base .. 'pc', base .. 'marker' },
    { base, now, options_with(own_token) })
  if type(reply[1]) ~= 'table' then return false end
  take(queue, own_token, reply)
  return true
end

-- What comes first in a queue: its priority as BullMQ counts, and its number.
local function head_of(queue)
  local base = base_of(queue)
  if call('LLEN', base .. 'wait') > 0 then return { 0, 0 } end
  local head = call('ZRANGE', base .. 'prioritized', 0, 0, 'WITHSCORES')
  if not head[1] then return nil end
  return { math.floor(head[2] / 0x100000000), tonumber(call('ZSCORE', list_of(base, 'open'), head[1]) or 0) }
end

local function claim_from_all()
  ${RELISTING}
  ${WAITING}
  local heads = {}
  for _, queue in ipairs(queues) do
    promote(base_of(queue))
    heads[queue] = head_of(queue)
  end
  while #claimed < limit do
    local best
    for queue, head in pairs(heads) do
      local other = best and heads[best]
      if not other or head[1] < other[1] or (head[1] == other[1] and head[2] < other[2]) then best = queue end
    end
    if not best then return end
    heads[best] = claim_from(best) and head_of(best) or nil
  end
end

if #queues == 1 then
  while #claimed < limit and claim_from(queues[1]) do end
else
  claim_from_all()
end
`;

/**
 * Ends claims, and makes new ones: the highest priority first, over all queues asked for. A settlement of a job that its worker no longer holds is refused.
 * A job of somebody else's that BullMQ hands out fails.
 */
export const settleAndClaimScript = () =>
  toScript(
    NAMES,
    IN_CHUNKS,
    callable('moveToFinished'),
    START,
    `
local results = {}
if first <= #ARGV then
  ${settling()}
end
if #claimed < limit and not is_drained then
  ${claiming()}
end

-- BullMQ leaves its mark that there are jobs with every job it hands out. Where there are none left, it would only wake somebody in vain.
if #claimed < limit then
  for _, queue in ipairs(queues) do
    local base = base_of(queue)
    if call('ZCARD', base .. 'prioritized') == 0 and call('LLEN', base .. 'wait') == 0 then call('ZREM', base .. 'marker', '0') end
  end
end
return { results, claimed }
`,
  );
