import type { PostgresStorageHarness } from './storage-harness.ts';

const KEY = 'scope, value, start, channel, status, reached';

/** What the counters of every scope ought to say, by counting the rows, against the sums of what they say. */
const DIFFERENCES = `
  WITH counted AS (
    SELECT scope, value, start, channel, status, reached, count(*) AS n
    FROM logs CROSS JOIN LATERAL (VALUES
      ('all', '', 0::bigint),
      ('day', '', floor(created_at / 86400000.0)::bigint * 86400000),
      ('hour', '', floor(created_at / 3600000.0)::bigint * 3600000),
      ('type', notification_type, 0),
      ('provider', provider, 0)
    ) AS scopes (scope, value, start)
    WHERE value IS NOT NULL GROUP BY ${KEY}
  ), kept AS (
    SELECT ${KEY}, sum(n)::bigint AS n FROM log_counts GROUP BY ${KEY} HAVING sum(n) <> 0
  )
  (SELECT * FROM counted EXCEPT SELECT * FROM kept) UNION ALL (SELECT * FROM kept EXCEPT SELECT * FROM counted)`;

/** Counters that differ from the rows; none in a sound log. */
export function wrongCounts({ raw }: PostgresStorageHarness): Promise<unknown[]> {
  return raw(DIFFERENCES);
}
