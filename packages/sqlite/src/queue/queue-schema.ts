/** What one step of priority weighs against the due moment, unless a job says otherwise: more than any two moments differ, so that priority is strict. */
export const PRIORITY_STEP_MS = 1e12;

/** The order that a `sort_key` was made of. Spelled the same wherever it is used, or SQLite does not see that an index has it. */
export const ORDER = 'sort_key + priority * coalesce(aging_ms, 1000000000000)';

/** When a finished job goes at the latest, and which go so at all. Spelled the same wherever they are used, as {@link ORDER} is. */
export const LEAVES_AT = 'updated_at + max(remove_after_ms, coalesce(key_retention_ms, 0))';
export const IS_LEAVING = "remove_after_ms IS NOT NULL AND status IN ('completed', 'cancelled')";

/**
 * The tables of the queue, oldest version first; each entry is run once in the life of a file. Entries are never changed, only added.
 *
 * One column a field of `StoredJob`; `…_at` are milliseconds since the epoch, `…_ms` milliseconds. JSON columns are NULL where a job has nothing to say.
 * `sort_key` is `order − priority × (aging_ms, or 10^12)`: within a queue the smallest is claimed first, which is the highest priority, and the job due first within one. The
 * order is `due_at`, but for a pending job that is fair it is its turn; see `FairTurns`.
 */
export const QUEUE_MIGRATIONS: readonly string[] = [
  `
CREATE TABLE townkrier_jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  queue TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  priority INTEGER NOT NULL,
  sort_key REAL NOT NULL,
  due_at REAL NOT NULL,
  attempts INTEGER NOT NULL,
  max_retries INTEGER NOT NULL,
  claims INTEGER NOT NULL,
  crashes INTEGER NOT NULL,
  replays INTEGER NOT NULL,
  worker_id TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  started_at REAL,
  completed_at REAL,
  failed_at REAL,
  cancelled_at REAL,
  scheduled_for REAL,
  timeout_ms REAL NOT NULL,
  backoff TEXT NOT NULL,
  group_key TEXT,
  owner TEXT,
  idempotency_key TEXT,
  metadata TEXT,
  tags TEXT,
  payload TEXT NOT NULL,
  result TEXT,
  error TEXT,
  progress TEXT,
  deliveries TEXT,
  attempt_log TEXT,
  logs TEXT
) STRICT;

CREATE UNIQUE INDEX townkrier_jobs_key ON townkrier_jobs (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX townkrier_jobs_ready ON townkrier_jobs (queue, sort_key, seq) WHERE status = 'pending';
CREATE INDEX townkrier_jobs_due ON townkrier_jobs (queue, due_at) WHERE status IN ('scheduled', 'retrying');
-- Without the jobs that run: a row goes out when it is claimed and comes in when it ends, instead of moving twice.
CREATE INDEX townkrier_jobs_place ON townkrier_jobs (queue, status, seq) WHERE status <> 'processing';
CREATE INDEX townkrier_jobs_held ON townkrier_jobs (worker_id) WHERE status = 'processing';
CREATE INDEX townkrier_jobs_owner ON townkrier_jobs (owner, seq) WHERE owner IS NOT NULL;

CREATE TABLE townkrier_job_counts (
  queue TEXT NOT NULL,
  status TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (queue, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE townkrier_workers (
  id TEXT PRIMARY KEY,
  lease_ends_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Claims that were voided by a cancel, until the process of their worker has seen it. Nearly always empty.
CREATE TABLE townkrier_revoked (
  worker_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  claim INTEGER NOT NULL,
  PRIMARY KEY (worker_id, job_id, claim)
) STRICT, WITHOUT ROWID;
`,
  `
ALTER TABLE townkrier_jobs ADD COLUMN expires_at REAL;
ALTER TABLE townkrier_jobs ADD COLUMN aging_ms INTEGER;
ALTER TABLE townkrier_jobs ADD COLUMN is_fair INTEGER NOT NULL DEFAULT 0;

-- Only what is fair and pending is in these two, so no other job pays for them.
CREATE INDEX townkrier_jobs_turn ON townkrier_jobs (queue, priority, ${ORDER})
  WHERE is_fair = 1 AND status = 'pending';
CREATE INDEX townkrier_jobs_group_turn ON townkrier_jobs (queue, priority, group_key, ${ORDER})
  WHERE is_fair = 1 AND status = 'pending';

CREATE TABLE townkrier_shared (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  version TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: how often a shared value was written. It gives versions that never come back, and tells another process at a glance whether there is news.
CREATE TABLE townkrier_shared_writes (n INTEGER NOT NULL) STRICT;
INSERT INTO townkrier_shared_writes VALUES (0);
`,
  `
ALTER TABLE townkrier_jobs ADD COLUMN key_retention_ms INTEGER;
`,
  `
ALTER TABLE townkrier_jobs ADD COLUMN remove_after_ms INTEGER;
CREATE INDEX townkrier_jobs_leaving ON townkrier_jobs (${LEAVES_AT}) WHERE ${IS_LEAVING};
`,
];
