/**
 * The tables of the log of events, oldest version first; each entry is run once in the life of a file. Entries are never changed, only added.
 *
 * `latest` is the number of the newest event. It begins with the microseconds since the epoch, so that the log of a file that was made anew gives no number again.
 */
export const EVENT_MIGRATIONS: readonly string[] = [
  `
-- What was appended together, as a JSON array, under the number of the last of them: a row each would cost several times as much.
CREATE TABLE townkrier_events (last INTEGER PRIMARY KEY, events TEXT NOT NULL) STRICT;

-- One row.
CREATE TABLE townkrier_event_log (latest INTEGER NOT NULL) STRICT;
INSERT INTO townkrier_event_log VALUES (CAST(unixepoch('subsec') * 1000000 AS INTEGER));
`,
];
