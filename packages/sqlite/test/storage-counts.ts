import type { DatabaseSync } from 'node:sqlite';

/** What the counters of every scope ought to say, by counting the rows. */
const COUNTED = `
  WITH rows AS (
    SELECT *, CAST(floor(created_at / 86400000.0) AS INTEGER) * 86400000 AS day, CAST(floor(created_at / 3600000.0) AS INTEGER) * 3600000 AS hour
    FROM townkrier_logs
  )
  SELECT 'all' AS scope, '' AS value, 0 AS start, channel, status, reached, count(*) AS n FROM rows GROUP BY channel, status, reached
  UNION ALL SELECT 'day', '', day, channel, status, reached, count(*) FROM rows GROUP BY day, channel, status, reached
  UNION ALL SELECT 'hour', '', hour, channel, status, reached, count(*) FROM rows GROUP BY hour, channel, status, reached
  UNION ALL SELECT 'type', notification_type, 0, channel, status, reached, count(*) FROM rows WHERE notification_type IS NOT NULL
    GROUP BY notification_type, channel, status, reached
  UNION ALL SELECT 'provider', provider, 0, channel, status, reached, count(*) FROM rows WHERE provider IS NOT NULL
    GROUP BY provider, channel, status, reached`;

/** Counters that differ from the rows, as `{ expected, kept }` lines; none in a sound file. */
export function wrongCounts(raw: DatabaseSync): unknown[] {
  const kept = 'SELECT * FROM townkrier_log_counts';
  return [
    ...raw.prepare(`${COUNTED} EXCEPT ${kept}`).all(),
    ...raw.prepare(`${kept} EXCEPT SELECT * FROM (${COUNTED})`).all(),
  ].map((row) => ({ ...row }));
}
