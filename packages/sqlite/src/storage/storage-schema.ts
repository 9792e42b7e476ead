/**
 * The tables of the delivery log, oldest version first; each entry is run once in the life of a file. Entries are never changed, only added.
 *
 * One column a field of `NotificationLog`, `…_at` and `scheduled_for` are milliseconds since the epoch; `retry_logs`, `metadata` and `tags` are JSON; what a
 * row has not is NULL. `reached` follows from status and moments; a generated column would keep SQLite from answering by the index alone. `townkrier_log_counts` holds how many rows there are of each kind, and has no row for what there is none of.
 *
 * The index of segments answers for channel and status; those of type and provider carry them along, so that a filter is decided without reading the row.
 */
export const STORAGE_MIGRATIONS: readonly string[] = [
  `
CREATE TABLE townkrier_logs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  notification_id TEXT NOT NULL,
  notification_type TEXT,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  recipient_hash TEXT,
  status TEXT NOT NULL,
  subject TEXT,
  content TEXT,
  content_type TEXT,
  content_privacy TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  retry_logs TEXT NOT NULL,
  provider TEXT,
  message_id TEXT,
  job_id TEXT,
  idempotency_key TEXT UNIQUE,
  reason TEXT,
  error TEXT,
  error_code TEXT,
  metadata TEXT,
  tags TEXT,
  scheduled_for INTEGER,
  sent_at INTEGER,
  delivered_at INTEGER,
  failed_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  reached TEXT NOT NULL
) STRICT;

CREATE INDEX townkrier_logs_created ON townkrier_logs (created_at, id);
CREATE INDEX townkrier_logs_updated ON townkrier_logs (updated_at, id);
CREATE INDEX townkrier_logs_sent ON townkrier_logs (sent_at, id);
CREATE INDEX townkrier_logs_delivered ON townkrier_logs (delivered_at, id) WHERE delivered_at IS NOT NULL;
CREATE INDEX townkrier_logs_failed ON townkrier_logs (failed_at, id) WHERE failed_at IS NOT NULL;
CREATE INDEX townkrier_logs_segment ON townkrier_logs (channel, status, reached, created_at, id);
CREATE INDEX townkrier_logs_type ON townkrier_logs (notification_type, created_at, id, channel, status, provider) WHERE notification_type IS NOT NULL;
CREATE INDEX townkrier_logs_provider ON townkrier_logs (provider, created_at, id, channel, status) WHERE provider IS NOT NULL;
CREATE INDEX townkrier_logs_recipient ON townkrier_logs (recipient_hash, created_at) WHERE recipient_hash IS NOT NULL;
CREATE INDEX townkrier_logs_notification ON townkrier_logs (notification_id, created_at);
CREATE INDEX townkrier_logs_job ON townkrier_logs (job_id, created_at) WHERE job_id IS NOT NULL;

CREATE TABLE townkrier_log_counts (
  scope TEXT NOT NULL,
  value TEXT NOT NULL,
  start INTEGER NOT NULL,
  channel TEXT NOT NULL,
  status TEXT NOT NULL,
  reached TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (scope, value, start, channel, status, reached)
) STRICT, WITHOUT ROWID;
`,
];
