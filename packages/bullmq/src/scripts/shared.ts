import { IN_CHUNKS, NAMES } from './prelude.ts';
import { toScript } from './script.ts';

/*
 * What processes share beside the jobs: the hash `shared`, where each value has its version and a space before it, and `shared-keys`, the same keys by their
 * letters, so that a few of many are found without reading all.
 */

/** Writes or removes a value, if it has the version that was read. Gives 1, or 0 when it has not. */
export const writeSharedScript = () =>
  toScript(
    NAMES,
    `
-- ARGV: prefix, now, key, version that was read or '', new version, value as JSON or '' to remove it, who writes
local values, keys, key = root .. ':shared', root .. ':shared-keys', ARGV[3]
local kept = call('HGET', values, key)
if (kept and string.match(kept, '^%S+') or '') ~= ARGV[4] then return 0 end
if ARGV[6] ~= '' then
  if call('HSET', values, key, ARGV[5] .. ' ' .. ARGV[6]) == 1 then call('ZADD', keys, 0, key) end
elseif kept then
  call('HDEL', values, key)
  call('ZREM', keys, key)
end
call('PUBLISH', root .. ':news', 'shared ' .. ARGV[7])
return 1
`,
  );

/** Gives the keys that begin so, each with what is kept there. */
export const listSharedScript = () =>
  toScript(
    NAMES,
    IN_CHUNKS,
    `
-- ARGV: prefix, now, how the keys begin
local found = {}
-- No letter has a byte of 255.
in_chunks(call('ZRANGEBYLEX', root .. ':shared-keys', '[' .. ARGV[3], '(' .. ARGV[3] .. '\\255'), function(...)
  for position, kept in ipairs(call('HMGET', root .. ':shared', ...)) do
    found[#found + 1], found[#found + 2] = select(position, ...), kept
  end
end)
return found
`,
  );
