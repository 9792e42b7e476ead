import type { PostgresMigration } from '../postgres-migrations.ts';

/**
 * The tables of the log of events. What was published is never changed, only added to.
 *
 * `latest` is the number of the newest event. It begins with the microseconds since the epoch, so that the log of a schema that was made anew gives no number again. Who appends holds its row
 * until the commit, and the next one waits: a sequence would be faster, but a number of it may become readable after a higher one was read, and a reader would go past it.
 */
export const EVENT_MIGRATIONS: readonly PostgresMigration[] = [
  {
    version: 1,
    sql: `
-- What was appended together, as an array, under the number of the last of them: a row each would cost several times as much.
CREATE TABLE events (
  last bigint PRIMARY KEY,
  events json NOT NULL
) WITH (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000
);

-- One row, which changes with every append, so its page has room for that.
CREATE TABLE event_log (latest bigint NOT NULL) WITH (
  fillfactor = 10,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000
);
INSERT INTO event_log VALUES (floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
`,
  },
];
