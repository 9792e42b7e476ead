import { NAMES } from './prelude.ts';
import { toScript } from './script.ts';

/*
 * What happened to the jobs: the stream `log`, where the number of an event is the first part of its id, and `log-latest`, the number of the newest. That begins with the microseconds since
 * the epoch, so that a log that was made anew gives no number again.
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
-- ARGV: prefix, now, how many to keep, who appends, each event as JSON
local latest = latest_number()
for i = 5, #ARGV do
  latest = latest + 1
  call('XADD', root .. ':log', 'MAXLEN', '~', ARGV[3], to_text(latest) .. '-0', 'event', ARGV[i])
end
call('SET', latest_key, to_text(latest))
call('PUBLISH', root .. ':news', 'appended ' .. ARGV[4])
`,
  );

/** Gives the number of the newest event. */
export const latestEventScript = () => toScript(NAMES, LATEST, 'return to_text(latest_number())');
