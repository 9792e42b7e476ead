/**
 * The tables of the queue, oldest version first; each entry is run once in the life of a file. Entries are never changed, only added.
 *
 * One column a field of `StoredJob`; `…_at` are milliseconds since the epoch, `…_ms` milliseconds. JSON columns are NULL where a job has nothing to say.
 * `sort_key` is `due_at − priority × 10^12`: within a queue the smallest is claimed first, which is the highest priority, and the job due first within one.
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
];

/** What one step of priority weighs against the due moment: more than any two moments differ, so that priority is strict. */
export const PRIORITY_STEP_MS = 1e12;
