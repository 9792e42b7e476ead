import { NAMES } from './prelude.ts';
import { toScript } from './script.ts';

/*
 * What happened to the jobs: the stream `log`, with what was appended together in one entry, whose id begins with the number of the last of it; and `log-latest`, the number of the newest. That
 * begins with the microseconds since the epoch, so that a log that was made anew gives no number again.
 */
const LATEST = `
local latest_key = root .. ':log-latest'

-- By itself Lua writes a number of so many digits as a power of ten.
local function to_text(number) return string.format('%.0f', number) end

local function latest_number()
  call('SET', latest_key, to_text(now * 1000), 'NX')
  return tonumber(call('GET', latest_key))
end
`;

/** Appends events. Redis keeps some more than it was told, where that spares it work. */
export const appendEventsScript = () =>
  toScript(
    NAMES,
    LATEST,
    `
-- ARGV: prefix, now, how many there are, these as a JSON array, how many to keep, who appends
local latest = latest_number() + tonumber(ARGV[3])
local oldest = to_text(latest - tonumber(ARGV[5]) + 1)
call('XADD', root .. ':log', 'MINID', '~', oldest, to_text(latest) .. '-0', 'events', ARGV[4])
call('SET', latest_key, to_text(latest))
call('PUBLISH', root .. ':news', 'appended ' .. ARGV[6])
`,
  );

/** Gives the number of the newest event. */
export const latestEventScript = () => toScript(NAMES, LATEST, 'return to_text(latest_number())');
